-- The newest messages of somebody, each with those around it in the channel.
with

messages as not materialized (

    select * from {{ ref('messages') }}

),

users as (

    select * from {{ ref('users') }}

),

channels as (

    select * from {{ ref('channels') }}

),

days as (

    select * from {{ ref('daily_user_channel_activity') }}

    where
        author_id = {{ parameter('user_id', 'bigint') }}
        and {{ is_asked_for('guild_id') }}
        and activity_date between
        coalesce({{ parameter('since', 'date') }}, '-infinity')
        and coalesce({{ parameter('until', 'date') }}, 'infinity')

),

theirs as (

    select
        posted.channel_id,
        posted.message_id

    from days

    cross join
        lateral (
            select
                messages.channel_id,
                messages.message_id
            from messages
            where
                days.channel_id = messages.channel_id
                and days.activity_date = {{ reporting_date('messages.created_at') }}
                and days.author_id = messages.author_id
            offset 0
        ) as posted

    order by posted.message_id desc

    limit {{ parameter('limit', 'bigint') }}

),

around as (

    select distinct
        nearby.channel_id,
        nearby.message_id

    from theirs

    cross join
        lateral (
            (
                select
                    messages.channel_id,
                    messages.message_id
                from messages
                where
                    theirs.channel_id = messages.channel_id
                    and theirs.message_id >= messages.message_id
                order by messages.message_id desc
                limit {{ parameter('context', 'bigint') }} + 1
            )
            union all
            (
                select
                    messages.channel_id,
                    messages.message_id
                from messages
                where
                    theirs.channel_id = messages.channel_id
                    and theirs.message_id < messages.message_id
                order by messages.message_id asc
                limit {{ parameter('context', 'bigint') }}
            )
        ) as nearby

)

select
    channels.name as channel,
    messages.created_at,
    messages.author_id = {{ parameter('user_id', 'bigint') }} as is_theirs,
    coalesce(users.global_name, users.username, messages.webhook_name) as author,
    messages.content,
    messages.is_deleted,
    messages.channel_id,
    messages.message_id

from around

inner join messages
    on
        around.channel_id = messages.channel_id
        and around.message_id = messages.message_id

left join users
    on messages.author_id = users.user_id

left join channels
    on messages.channel_id = channels.channel_id

order by
    messages.channel_id asc,
    messages.message_id asc
