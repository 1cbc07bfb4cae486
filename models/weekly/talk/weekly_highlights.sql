{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'message_id'}
    )
}}

{%- set best_first %}
    reaction_count desc, emoji_count desc, reply_count desc, message_id asc, channel_id asc
{%- endset %}

with

-- read several times: materialized, it would hide the indexes and be read whole
messages as not materialized (

    select * from {{ ref('messages') }}

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}
    {% if is_incremental() %}

    union

    -- a reply brings no page of what it answers
    select
        guild_id,
        {{ week_start(reporting_date('answered_at')) }} as week_start

    from (
        select
            guild_id,
            {{ snowflake_to_timestamp('referenced_message_id') }} as answered_at
        from messages
        where
            {{ is_new_page() }}
            and guild_id is not null
            and referenced_message_id is not null
    ) as replies
    {% endif %}

),

posted as (

    select
        guild_id,
        week_start,
        channel_id,
        message_id,
        author_id

    from (
        {{ messages_of_weeks(ref('messages'), ref('daily_user_channel_activity')) }}
    ) as messages_of_weeks

    where
        guild_id is not null
        and not is_deleted

),

reacted as (

    select
        posted.guild_id,
        posted.week_start,
        posted.channel_id,
        posted.message_id,
        posted.author_id,
        sum(reactions.count)::bigint as reaction_count,
        count(*) as emoji_count,
        max(reactions.observed_at) as observed_at

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

    group by 1, 2, 3, 4, 5

),

-- replies are looked up only where they may have to decide
contenders as (

    select
        *,
        rank() over (
            partition by guild_id, week_start, channel_id, author_id
            order by reaction_count desc, emoji_count desc
        ) = 1 as is_contender

    from reacted

),

answered as (

    select
        contenders.guild_id,
        contenders.week_start,
        contenders.channel_id,
        contenders.message_id,
        contenders.author_id,
        contenders.reaction_count,
        contenders.emoji_count,
        contenders.observed_at,
        count(replies.message_id) as reply_count

    from contenders

    left join
        lateral (
            select stored.message_id
            from {{ ref('message_references') }} as stored
            where
                contenders.channel_id = stored.channel_id
                and contenders.message_id = stored.referenced_message_id
            {{ 'offset 0' if is_incremental() }}
        ) as referring
        on true

    left join
        lateral (
            select stored.message_id
            from messages as stored
            where
                contenders.channel_id = stored.channel_id
                and referring.message_id = stored.message_id
                and stored.is_human
                and stored.type_name = 'reply'
            {{ 'offset 0' if is_incremental() }}
        ) as replies
        on true

    where contenders.is_contender

    group by 1, 2, 3, 4, 5, 6, 7, 8

),

best_of_authors as (

    select
        *,
        row_number() over (
            partition by guild_id, week_start, channel_id, author_id order by {{ best_first }}
        ) as author_rank

    from answered

),

best_of_channels as (

    select
        *,
        row_number() over (
            partition by guild_id, week_start, channel_id order by {{ best_first }}
        ) as channel_rank

    from best_of_authors

    where author_rank = 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by guild_id, week_start order by {{ best_first }}
        ) as rank

    from best_of_channels

    where channel_rank <= 3

),

-- who has deleted what they posted did post
compared as (

    select
        ranked.*,
        round(ranked.reaction_count::numeric / posters.unique_posters, 2) as reactions_per_poster

    from ranked

    cross join
        lateral (
            select count(distinct daily.author_id) as unique_posters
            from {{ ref('daily_user_channel_activity') }} as daily
            where
                ranked.channel_id = daily.channel_id
                and daily.activity_date between ranked.week_start and ranked.week_start + 6
                and daily.message_count > 0
        ) as posters

),

-- a touched week without any (any more) sends one row without a message
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        compared.channel_id,
        compared.message_id,
        compared.rank,
        compared.author_id,
        compared.reaction_count,
        compared.emoji_count,
        compared.reply_count,
        compared.observed_at,
        compared.reactions_per_poster

    from touched

    left join compared
        on
            touched.guild_id = compared.guild_id
            and touched.week_start = compared.week_start

)

select * from replaced
{% if not is_incremental() %}

where message_id is not null
{% endif %}
