{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'emoji_key'}
    )
}}

with

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}

),

posted as (

    select
        guild_id,
        week_start,
        channel_id,
        message_id,
        case when content like '%<%:%:%>%' then content end as content

    from (
        {{ messages_of_weeks(ref('messages'), ref('daily_user_channel_activity')) }}
    ) as messages_of_weeks

    where guild_id is not null

),

reacted as (

    select
        posted.guild_id,
        posted.week_start,
        posted.message_id,
        reactions.emoji_key,
        reactions.emoji_id,
        reactions.emoji_name,
        reactions.count as reaction_count

    from posted

    cross join
        lateral (
            select given.*
            from {{ ref('reactions') }} as given
            where
                posted.channel_id = given.channel_id
                and posted.message_id = given.message_id
                and given.count > 0
            {{ 'offset 0' if is_incremental() }}
        ) as reactions

),

-- how often a text has one does not matter
written as (

    select distinct
        posted.guild_id,
        posted.week_start,
        posted.message_id,
        emojis.emoji_id,
        emojis.emoji_name

    from posted

    cross join
        lateral (
            select
                {{ safe_bigint('emoji.match[2]') }} as emoji_id,
                emoji.match[1] as emoji_name
            from
                regexp_matches(
                    posted.content, '<a?:([A-Za-z0-9_]+):([0-9]+)>', 'g'
                ) as emoji (match)
        ) as emojis

    where posted.content is not null

),

used as (

    select
        guild_id,
        week_start,
        message_id,
        emoji_key,
        emoji_id,
        emoji_name,
        reaction_count,
        true as is_reaction

    from reacted

    union all

    select
        guild_id,
        week_start,
        message_id,
        emoji_id::text as emoji_key,
        emoji_id,
        emoji_name,
        0 as reaction_count,
        false as is_reaction

    from written

    where emoji_id is not null

),

counted as (

    select
        guild_id,
        week_start,
        emoji_key,
        max(emoji_id) as emoji_id,
        -- an emoji may be renamed: what the latest message calls it
        (
            array_agg(emoji_name order by message_id desc, emoji_name collate "C" asc)
            filter (where emoji_name != '')
        )[1] as emoji_name,
        sum(reaction_count)::bigint as reaction_count,
        count(*) filter (where is_reaction) as reacted_message_count,
        count(distinct message_id) filter (where not is_reaction) as message_count

    from used

    group by 1, 2, 3

),

-- a touched week without any (any more) sends one row without an emoji
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        counted.emoji_key,
        counted.emoji_id,
        counted.emoji_name,
        counted.reaction_count,
        counted.reacted_message_count,
        counted.message_count

    from touched

    left join counted
        on
            touched.guild_id = counted.guild_id
            and touched.week_start = counted.week_start

)

select * from replaced
{% if not is_incremental() %}

where emoji_key is not null
{% endif %}
