with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where
        activity_date between
        coalesce({{ parameter('since', 'date') }}, '-infinity')
        and coalesce({{ parameter('until', 'date') }}, 'infinity')
        and message_count > 0
        and guild_id is not null

),

users as (

    select * from {{ ref('users') }}

),

guilds as (

    select * from {{ ref('guilds') }}

),

counted as (

    select
        author_id as user_id,
        guild_id,
        sum(message_count)::bigint as message_count

    from daily

    group by author_id, guild_id

    having sum(message_count) >= {{ parameter('messages', 'bigint') }}

),

gathered as (

    select
        counted.user_id,
        count(*) as guild_count,
        sum(counted.message_count)::bigint as message_count,
        string_agg(
            coalesce(guilds.name, counted.guild_id::text) || ' (' || counted.message_count || ')',
            ', ' order by counted.message_count desc, counted.guild_id asc
        ) as messages_by_guild

    from counted

    left join guilds
        on counted.guild_id = guilds.guild_id

    group by counted.user_id

    having count(*) > 1

)

select
    coalesce(users.global_name, users.username) as name,
    users.username,
    gathered.*

from gathered

left join users
    on gathered.user_id = users.user_id

order by
    gathered.guild_count desc,
    gathered.message_count desc,
    gathered.user_id asc

limit {{ parameter('limit', 'bigint') }}
