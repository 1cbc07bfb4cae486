{{
    config(
        unique_key=['channel_id', 'page_id'],
        indexes=[{'columns': ['parent_id']}],
        meta={'place': 'reference'}
    )
}}

{% set shown = [
    'guild_id', 'parent_id', 'type', 'name', 'topic', 'position', 'rate_limit_per_user',
    'flags', 'permission_overwrites', 'is_nsfw', 'is_archived', 'is_locked', 'is_thread'
] %}
{% set state = shown + ['is_hidden', 'is_deleted'] %}
{% set open_channels %}
    select sightings.channel_id from sightings
    union all
    select answers.channel_id from answers
    union all
    select threads.channel_id from {{ this }} as threads
    inner join answers on threads.parent_id = answers.channel_id
    where answers.outcome = 'deleted'
{% endset %}

with

channel_types as (

    select * from {{ ref('channel_types') }}

),

answers as (

    select * from {{ ref('int_channel_answers') }}

    where {{ is_new_page() }}

),

sightings as (

    select distinct on (channel_id, page_id) *

    from {{ ref('stg_discord__channels') }}

    where
        {{ is_new_page() }}
        and channel_id is not null

    order by channel_id asc, page_id asc, ordinal desc

),

seen as (

    select
        sightings.channel_id,
        {% for column in shown if column != 'is_thread' %}
        sightings.{{ column }},
        {% endfor %}
        coalesce(channel_types.is_thread, sightings.has_thread_metadata) as is_thread,
        false as is_hidden,
        false as is_deleted,
        sightings.page_id,
        sightings.fetched_at as observed_at,
        null::timestamptz as valid_from,
        false as is_stored

    from sightings

    left join channel_types
        on sightings.type = channel_types.type

    {{ open_states('channel_id', state, open_channels) }}

),

-- a channel that is deleted takes its threads along
told as (

    select
        channel_id,
        outcome,
        page_id,
        fetched_at as observed_at,
        null::bigint as deleted_parent_id

    from answers

    union all

    select distinct
        seen.channel_id,
        answers.outcome,
        answers.page_id,
        answers.fetched_at as observed_at,
        answers.channel_id as deleted_parent_id

    from answers

    inner join seen
        on
            answers.channel_id = seen.parent_id
            and answers.page_id > seen.page_id

    where
        answers.outcome = 'deleted'
        and seen.is_thread

),

observations as (

    select
        *,
        'shown' as outcome,
        null::bigint as deleted_parent_id

    from seen

    union all

    select
        channel_id,
        {% for column in shown %}
        null as {{ column }},
        {% endfor %}
        outcome = 'hidden' as is_hidden,
        outcome = 'deleted' as is_deleted,
        page_id,
        observed_at,
        null as valid_from,
        false as is_stored,
        outcome,
        deleted_parent_id

    from told

),

numbered as (

    select
        *,
        count(*) filter (where outcome = 'shown')
            over (partition by channel_id order by page_id asc)
            as sighting_number,
        count(*) filter (where outcome != 'deleted')
            over (partition by channel_id order by page_id asc)
            as standing_number

    from observations

),

-- what is hidden or deleted keeps what it was when last seen, and what is deleted stays
-- as hidden as it was
carried as (

    select
        channel_id,
        {% for column in shown %}
        first_value({{ column }}) over sighting as {{ column }},
        {% endfor %}
        first_value(is_hidden) over standing as is_hidden,
        is_deleted,
        page_id,
        observed_at,
        valid_from,
        is_stored,
        sighting_number,
        deleted_parent_id

    from numbered

    window
        sighting as (partition by channel_id, sighting_number order by page_id asc),
        standing as (partition by channel_id, standing_number order by page_id asc)

),

events as (

    select * from carried

    where
        sighting_number > 0
        and (deleted_parent_id is null or (is_thread and deleted_parent_id = parent_id))

),

{{ state_periods('events', 'channel_id', state) }}

select
    channel_id,
    {% for column in state %}
    {{ column }},
    {% endfor %}
    valid_from,
    valid_to,
    page_id,
    observed_at

from periods

where
    not is_stored
    or valid_to is not null
