{{
    config(
        unique_key=['channel_id', 'activity_date'],
        indexes=[
            {'columns': ['page_id']},
            {'columns': ['guild_id', 'activity_date']},
        ],
        meta={'place': 'channel_id'}
    )
}}

-- Whatever a page says about one message, its whole channel-day is counted again. What an
-- incremental build counts is looked up day by day (offset 0): joined as wholes, the tables
-- would be read whole. A new table counts all days.
with

-- read twice: materialized, it would hide the indexes and be read whole
messages as not materialized (

    select * from {{ ref('messages') }}

),

reactions as (

    select * from {{ ref('reactions') }}

),

{% if is_incremental() %}
touched as (

    select distinct
        channel_id,
        {{ reporting_date('created_at') }} as activity_date

    from messages

    -- that a message is gone is news of its day, too
    where
        {{ is_new_page() }}
        or {{ is_new_page('deletion_page_id') }}

),

{% endif %}
touched_messages as (

    select
        messages.channel_id,
        messages.message_id,
        messages.guild_id,
        {{ reporting_date('messages.created_at') }} as activity_date,
        messages.is_human,
        messages.is_automated,
        messages.is_deleted,
        messages.type_name,
        messages.created_at,
        messages.archived_at,
        coalesce(messages.author_id, 0) as author_id,
        greatest(messages.observed_at, messages.deleted_before) as observed_at,
        greatest(messages.page_id, messages.deletion_page_id) as page_id

    {% if is_incremental() %}
    from touched

    cross join
        lateral (
            select posted.*
            from messages as posted
            where
                touched.channel_id = posted.channel_id
                and touched.activity_date = {{ reporting_date('posted.created_at') }}
            offset 0
        ) as messages
    {% else %}
    from messages
    {% endif %}

),

message_reactions as (

    select
        reactions.channel_id,
        reactions.message_id,
        sum(reactions.count) as reaction_count

    from touched_messages

    cross join
        lateral (
            select given.*
            from reactions as given
            where
                touched_messages.channel_id = given.channel_id
                and touched_messages.message_id = given.message_id
            {{ 'offset 0' if is_incremental() }}
        ) as reactions

    group by 1, 2

),

counted as (

    select
        touched_messages.channel_id,
        touched_messages.author_id,
        touched_messages.activity_date,
        max(touched_messages.guild_id) as guild_id,
        count(*) filter (where touched_messages.is_human) as message_count,
        count(*) filter (where touched_messages.is_automated) as bot_message_count,
        count(*) filter (
            where not touched_messages.is_human and not touched_messages.is_automated
        ) as system_message_count,
        count(*) filter (
            where touched_messages.is_human and touched_messages.is_deleted
        ) as deleted_message_count,
        count(*) filter (
            where touched_messages.type_name = 'user_join' and not touched_messages.is_automated
        ) as join_message_count,
        coalesce(sum(message_reactions.reaction_count), 0)::bigint as reaction_count,
        min(touched_messages.created_at) filter (where touched_messages.is_human)
            as first_posted_at,
        max(touched_messages.archived_at) filter (where touched_messages.is_human)
            as last_archived_at,
        max(touched_messages.observed_at) as observed_at,
        max(touched_messages.page_id) as author_page_id

    from touched_messages

    left join message_reactions
        on
            touched_messages.channel_id = message_reactions.channel_id
            and touched_messages.message_id = message_reactions.message_id

    group by 1, 2, 3

),

traced as (

    select
        channel_id,
        author_id,
        activity_date,
        guild_id,
        message_count,
        bot_message_count,
        system_message_count,
        deleted_message_count,
        join_message_count,
        reaction_count,
        first_posted_at,
        last_archived_at,
        observed_at,
        max(author_page_id) over (partition by channel_id, activity_date) as page_id

    from counted

)

select * from traced
