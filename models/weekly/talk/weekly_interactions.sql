{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'from_user_id'}
    )
}}

{#- named here, because dbt does not look into what only an incremental build reads -#}
{%- set message_references = ref('message_references') %}

with

-- read several times: materialized, they would hide the indexes and be read whole
messages as not materialized (

    select * from {{ ref('messages') }}

),

reaction_users as not materialized (

    select * from {{ ref('reaction_users') }}

),

touched as (

    {{ touched_weeks(ref('daily_user_channel_activity')) }}
    {% if is_incremental() %}

    union

    -- what is archived now may have been answered in another week
    select
        answered.guild_id,
        {{ week_start(reporting_date('replies.created_at')) }} as week_start

    from messages as answered

    cross join
        lateral (
            select {{ snowflake_to_timestamp('referring.message_id') }} as created_at
            from {{ message_references }} as referring
            where
                answered.channel_id = referring.channel_id
                and answered.message_id = referring.referenced_message_id
            offset 0
        ) as replies

    where
        {{ is_new_page('answered.page_id') }}
        and answered.guild_id is not null

    union

    -- who reacts, or takes it back, brings no page of the message
    select
        reacted.guild_id,
        {{ week_start(reporting_date('reacted.created_at')) }} as week_start

    from reaction_users

    cross join
        lateral (
            select
                stored.guild_id,
                stored.created_at
            from messages as stored
            where
                reaction_users.channel_id = stored.channel_id
                and reaction_users.message_id = stored.message_id
            offset 0
        ) as reacted

    where
        (
            {{ is_new_page('reaction_users.page_id') }}
            or {{ is_new_page('reaction_users.deletion_page_id') }}
        )
        and reacted.guild_id is not null
    {% endif %}

),

posted as (

    select
        channel_id,
        message_id,
        guild_id,
        week_start,
        author_id,
        mentioned_user_ids,
        case when type_name = 'reply' then referenced_message_id end as answered_message_id

    from (
        {{ messages_of_weeks(ref('messages'), ref('daily_user_channel_activity')) }}
    ) as messages_of_weeks

    where guild_id is not null

),

answering as (

    select
        posted.guild_id,
        posted.week_start,
        posted.author_id,
        posted.mentioned_user_ids,
        answered.author_id as answered_id,
        coalesce(answered.is_human, false) as is_person_answered

    from posted

    left join
        lateral (
            select
                stored.author_id,
                stored.is_human
            from messages as stored
            where
                posted.channel_id = stored.channel_id
                and posted.answered_message_id = stored.message_id
            {{ 'offset 0' if is_incremental() }}
        ) as answered
        on true

),

interactions as (

    select
        guild_id,
        week_start,
        author_id as from_user_id,
        answered_id as to_user_id,
        'reply' as kind

    from answering

    where is_person_answered

    union all

    -- Discord has whoever is answered among the mentioned, too
    select
        answering.guild_id,
        answering.week_start,
        answering.author_id as from_user_id,
        mentioned.user_id as to_user_id,
        'mention' as kind

    from answering

    cross join
        lateral (
            select distinct mention.user_id
            from unnest(answering.mentioned_user_ids) as mention (user_id)
        ) as mentioned

    where
        cardinality(answering.mentioned_user_ids) > 0
        and coalesce(mentioned.user_id != answering.answered_id, true)

    union all

    select
        posted.guild_id,
        posted.week_start,
        reactors.user_id as from_user_id,
        posted.author_id as to_user_id,
        'reaction' as kind

    from posted

    cross join
        lateral (
            select known.user_id
            from reaction_users as known
            where
                posted.channel_id = known.channel_id
                and posted.message_id = known.message_id
                and not known.is_deleted
            {{ 'offset 0' if is_incremental() }}
        ) as reactors

),

counted as (

    select
        guild_id,
        week_start,
        from_user_id,
        to_user_id,
        count(*) filter (where kind = 'reply') as reply_count,
        count(*) filter (where kind = 'mention') as mention_count,
        count(*) filter (where kind = 'reaction') as reaction_count,
        count(*) as interaction_count

    from interactions

    where from_user_id != to_user_id

    group by guild_id, week_start, from_user_id, to_user_id

),

-- a touched week without any (any more) sends one row without people
replaced as (

    select
        touched.guild_id,
        touched.week_start,
        counted.from_user_id,
        counted.to_user_id,
        counted.reply_count,
        counted.mention_count,
        counted.reaction_count,
        counted.interaction_count

    from touched

    left join counted
        on
            touched.guild_id = counted.guild_id
            and touched.week_start = counted.week_start

)

select * from replaced
{% if not is_incremental() %}

where from_user_id is not null
{% endif %}
