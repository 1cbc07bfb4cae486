{{
    config(
        unique_key='event_id',
        post_hook="{{ mark_deleted('int_scheduled_events_covered', ['event_id']) }}",
        meta={'place': 'reference'}
    )
}}

with

scheduled_event_entity_types as (

    select * from {{ ref('scheduled_event_entity_types') }}

),

scheduled_event_statuses as (

    select * from {{ ref('scheduled_event_statuses') }}

),

new_events as (

    select * from {{ ref('stg_discord__scheduled_events') }}

    where
        {{ is_new_page() }}
        and event_id is not null

),

latest as (

    select distinct on (event_id)
        *,
        first_value(fetched_at) over (
            partition by event_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_events

    order by event_id asc, page_id desc, ordinal desc

),

named as (

    select
        latest.event_id,
        latest.guild_id,
        latest.channel_id,
        latest.creator_id,
        latest.name,
        latest.description,
        latest.image,
        latest.entity_type,
        scheduled_event_entity_types.name as entity_type_name,
        latest.entity_id,
        latest.entity_metadata,
        latest.location,
        latest.status,
        scheduled_event_statuses.name as status_name,
        latest.privacy_level,
        latest.user_count,
        latest.recurrence_rule,
        latest.exceptions,
        latest.scheduled_start_at,
        latest.scheduled_end_at,
        {{ snowflake_to_timestamp('latest.event_id') }} as created_at,
        {{ not_deleted() }},
        latest.page_id,
        latest.ordinal,
        {{ archived_at() }} as archived_at,
        latest.fetched_at as observed_at

    from latest

    left join scheduled_event_entity_types
        on latest.entity_type = scheduled_event_entity_types.type

    left join scheduled_event_statuses
        on latest.status = scheduled_event_statuses.status

)

select * from named
