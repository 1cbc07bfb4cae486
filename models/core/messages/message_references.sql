{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'page_id'}
    )
}}

with

message_types as (

    select * from {{ ref('message_types') }}

),

observed as (

    select * from {{ ref('stg_discord__message_references') }}

    where {{ is_new_page() }}

),

touched as (

    select
        channel_id,
        message_id,
        page_id,
        ordinal

    from {{ ref('messages') }}

    where {{ is_new_page() }}

),

latest as (

    select
        touched.channel_id,
        touched.message_id,
        observed.type,
        observed.referenced_guild_id,
        observed.referenced_channel_id,
        observed.referenced_message_id,
        observed.referenced_message_state,
        observed.page_id,
        observed.ordinal,
        observed.fetched_at as observed_at,
        case
            when observed.type = 1 then 'forward'
            when observed.message_flags & 2 > 0 then 'crosspost'
            else coalesce(message_types.name, 'unknown')
        end as kind

    from touched

    {{ 'full' if is_incremental() else 'inner' }} join observed
        on
            touched.channel_id = observed.channel_id
            and touched.message_id = observed.message_id
            and touched.page_id = observed.page_id
            and touched.ordinal = observed.ordinal

    left join message_types
        on observed.message_type = message_types.type

    {% if is_incremental() %}
    -- a full join, because a left one may read one side again for every row of the other
    -- where the planner does not know yet how much a build has brought
    where coalesce(touched.message_id, 0) > 0
    {% endif %}

)

select
    channel_id,
    message_id,
    kind,
    type,
    referenced_guild_id,
    referenced_channel_id,
    referenced_message_id,
    referenced_message_state,
    page_id,
    ordinal,
    observed_at

from latest
