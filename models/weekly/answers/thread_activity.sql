{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id'],
        indexes=[{'columns': ['guild_id', 'week_start']}],
        meta={'place': 'channel_id', 'child_key': 'opened_at'}
    )
}}

-- Who opened a thread, and when, never changes: only a new state of it (channel_history) is
-- news, not each page that shows it again.
with

threads as (

    select * from {{ ref('channels') }}

    where is_thread

),

touched as (

    select channel_id

    from {{ ref('daily_user_channel_activity') }}

    where {{ is_new_page() }}

    union

    select channel_id

    from {{ ref('channel_history') }}

    where {{ is_new_page() }}

),

-- of anybody: in a thread without a person's message something was posted, too
posted as (

    select
        threads.channel_id,
        threads.owner_id,
        threads.created_at as opened_at,
        messages.message_id,
        messages.author_id,
        messages.created_at,
        messages.is_human

    from touched

    inner join threads
        on touched.channel_id = threads.channel_id

    cross join
        lateral (
            select stored.*
            from {{ ref('messages') }} as stored
            where touched.channel_id = stored.channel_id
            {{ 'offset 0' if is_incremental() }}
        ) as messages

),

counted as (

    select
        channel_id,
        count(*) filter (where is_human and message_id != channel_id) as message_count,
        count(distinct author_id) filter (where is_human) as participant_count,
        min(created_at) filter (where is_human and author_id != owner_id) - min(opened_at)
            as response_time,
        max(created_at) filter (where is_human) as last_message_at

    from posted

    group by channel_id

),

described as (

    select
        counted.*,
        threads.guild_id,
        threads.parent_id,
        threads.owner_id as opener_id,
        threads.created_at as opened_at,
        {{ week_start(reporting_date('threads.created_at')) }} as week_start,
        round(extract(epoch from (counted.response_time)))::bigint as response_seconds

    from counted

    inner join threads
        on counted.channel_id = threads.channel_id

    where threads.guild_id is not null

)

-- what turns out to be no thread sends one row that says nothing
select
    touched.channel_id,
    described.guild_id,
    described.parent_id,
    described.opener_id,
    described.opened_at,
    described.week_start,
    described.message_count,
    described.participant_count,
    described.response_seconds,
    described.last_message_at

from touched

left join described
    on touched.channel_id = described.channel_id
{% if not is_incremental() %}

where described.channel_id is not null
{% endif %}
