-- The five messages with most reactions: one per author and channel, three per channel,
-- deleted ones left out; only from where all readers may look. More kinds of emoji, then
-- the smaller id decide between equals. Reactions are as of the last fetch.
with

-- an index finds a channel's day
days as (

    select distinct
        channel_id,
        activity_date

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day)s and %(last_day)s
        and channel_id = any(%(quotable_channel_ids)s)
        and reaction_count > 0

),

bounds as (

    select
        channel_id,
        min(activity_date) as first_day,
        max(activity_date) as last_day

    from days

    group by channel_id

),

posted as (

    select
        messages.channel_id,
        messages.message_id,
        messages.author_id,
        messages.content

    from bounds

    inner join discord.messages as messages
        on
            bounds.channel_id = messages.channel_id
            and (messages.created_at at time zone %(timezone)s)::date
            between bounds.first_day and bounds.last_day

    where
        messages.is_human
        and not messages.is_deleted

),

reacted as (

    select
        posted.channel_id,
        posted.message_id,
        posted.author_id,
        posted.content,
        sum(reactions.count)::bigint as value,
        count(*) as emoji_count

    from posted

    inner join discord.reactions as reactions
        on
            posted.channel_id = reactions.channel_id
            and posted.message_id = reactions.message_id
            and reactions.count > 0

    group by
        posted.channel_id,
        posted.message_id,
        posted.author_id,
        posted.content

),

best_of_authors as (

    select
        *,
        row_number() over (
            partition by channel_id, author_id
            order by value desc, emoji_count desc, message_id asc
        ) as author_rank

    from reacted

),

best_of_channels as (

    select
        *,
        row_number() over (
            partition by channel_id order by value desc, emoji_count desc, message_id asc
        ) as channel_rank

    from best_of_authors

    where author_rank = 1

),

ranked as (

    select
        *,
        row_number() over (
            order by value desc, emoji_count desc, message_id asc, channel_id asc
        ) as rank

    from best_of_channels

    where channel_rank <= 3

)

select
    ranked.rank,
    ranked.channel_id,
    ranked.message_id,
    ranked.content,
    ranked.value,
    ranked.author_id as user_id,
    users.global_name,
    users.username,
    channels.name,
    channels.is_thread,
    channels.parent_id,
    parents.name as parent_name

from ranked

left join discord.users as users
    on ranked.author_id = users.user_id

left join discord.channels as channels
    on ranked.channel_id = channels.channel_id

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

where ranked.rank <= 5

order by ranked.rank
