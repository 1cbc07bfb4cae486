{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'week_start'],
        meta={'place': 'channel_id', 'child_key': 'conversation_id'}
    )
}}

with

-- read twice: materialized, it would hide the indexes and be read whole
daily as not materialized (

    select * from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

touched as (

    select distinct
        channel_id,
        {{ week_start('activity_date') }} as week_start

    from daily

    where {{ is_new_page() }}
    {% if is_incremental() %}

    union

    -- that a channel is a thread may be told later than what was said in it
    select
        days.channel_id,
        {{ week_start('days.activity_date') }} as week_start

    from {{ ref('channel_history') }} as states

    left join
        lateral (
            select earlier.is_thread
            from {{ ref('channel_history') }} as earlier
            where
                states.channel_id = earlier.channel_id
                and states.page_id > earlier.page_id
            order by earlier.page_id desc
            limit 1
        ) as previous
        on true

    cross join
        lateral (
            select known.*
            from daily as known
            where states.channel_id = known.channel_id
            offset 0
        ) as days

    where
        {{ is_new_page('states.page_id') }}
        and coalesce(states.is_thread, false) != coalesce(previous.is_thread, false)
    {% endif %}

),

threads as (

    select channel_id from {{ ref('channel_history') }}

    where
        valid_to is null
        and is_thread

),

posted as (

    select
        said.channel_id,
        said.week_start,
        said.message_id,
        said.guild_id,
        said.author_id,
        said.created_at,
        reacted.reaction_count,
        case when said.type_name = 'reply' then said.referenced_message_id end as answered_id,
        threads.channel_id is not null as is_thread

    from (
        {{ messages_of_weeks(
            ref('messages'), ref('daily_user_channel_activity'), 'channel_id'
        ) }}
    ) as said

    left join threads
        on said.channel_id = threads.channel_id

    -- (looked up one by one: joined later on, nobody could tell how few rows match)
    cross join
        lateral (
            select sum(given.count) as reaction_count
            from {{ ref('reactions') }} as given
            where
                said.channel_id = given.channel_id
                and said.message_id = given.message_id
        ) as reacted

    where
        said.guild_id is not null
        and not said.is_deleted

),

timed as (

    select
        *,
        row_number() over in_order = 1
        or (
            created_at - lag(created_at) over in_order >= interval '30 minutes'
            and not is_thread
        ) as is_opening

    from posted

    window in_order as (partition by channel_id, week_start order by message_id asc)

),

-- a stretch is named after its first message
stretches as (

    select
        *,
        max(message_id) filter (where is_opening) over (
            partition by channel_id, week_start
            order by message_id asc
        ) as stretch_id

    from timed

),

-- What the first messages of stretches reply to in their week, if that is still there. One
-- that replies to nothing begins a conversation for certain; those that follow may go on
-- with it, or with one that another of them has begun.
openings as (

    select
        stretches.channel_id,
        stretches.week_start,
        stretches.stretch_id,
        answered.message_id as answered_id,
        max(stretches.stretch_id) filter (where answered.message_id is null) over (
            partition by stretches.channel_id, stretches.week_start
            order by stretches.stretch_id asc
        ) as certain_id

    from stretches

    left join posted as answered
        on
            stretches.channel_id = answered.channel_id
            and stretches.week_start = answered.week_start
            and stretches.answered_id = answered.message_id
            and stretches.stretch_id > answered.message_id

    where stretches.is_opening

),

-- A stretch goes on with what is there if, from some earlier one on, it and all between them
-- reply to that one or to later ones: then none of them is cut off from what it replies to.
-- (Said so because Citus knows no recursive query.)
links as (

    select
        later.channel_id,
        later.week_start,
        later.stretch_id,
        min(later.answered_id) over (
            partition by earlier.channel_id, earlier.stretch_id
            order by later.stretch_id asc
        ) >= earlier.stretch_id as is_unbroken

    from openings as earlier

    inner join openings as later
        on
            earlier.channel_id = later.channel_id
            and earlier.week_start = later.week_start
            and earlier.certain_id = later.certain_id
            and earlier.stretch_id < later.stretch_id

),

stretches_placed as (

    select
        channel_id,
        week_start,
        stretch_id,
        max(case when not bool_or(is_unbroken) then stretch_id end) over (
            partition by channel_id, week_start
            order by stretch_id asc
        ) as conversation_id

    from (
        select
            channel_id,
            week_start,
            stretch_id,
            false as is_unbroken
        from openings
        union all
        select * from links
    ) as opened

    group by channel_id, week_start, stretch_id

),

counted as (

    select
        stretches.channel_id,
        stretches.week_start,
        placed.conversation_id,
        max(stretches.guild_id) as guild_id,
        min(stretches.created_at) as started_at,
        max(stretches.created_at) as ended_at,
        max(stretches.message_id) as last_message_id,
        count(*) as message_count,
        count(distinct stretches.author_id) as participant_count,
        array_agg(distinct stretches.author_id order by stretches.author_id asc)
            as participant_ids,
        coalesce(sum(stretches.reaction_count), 0)::bigint as reaction_count,
        bool_or(stretches.is_thread) as is_thread

    from stretches

    inner join stretches_placed as placed
        on
            stretches.channel_id = placed.channel_id
            and stretches.week_start = placed.week_start
            and stretches.stretch_id = placed.stretch_id

    group by stretches.channel_id, stretches.week_start, placed.conversation_id

),

-- a touched week of a channel without any (any more) sends one row without a conversation
replaced as (

    select
        touched.channel_id,
        touched.week_start,
        counted.conversation_id,
        counted.guild_id,
        counted.started_at,
        counted.ended_at,
        counted.last_message_id,
        counted.message_count,
        counted.participant_count,
        counted.participant_ids,
        counted.reaction_count,
        counted.is_thread

    from touched

    left join counted
        on
            touched.channel_id = counted.channel_id
            and touched.week_start = counted.week_start

)

select * from replaced
{% if not is_incremental() %}

where conversation_id is not null
{% endif %}
