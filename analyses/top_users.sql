with

daily as (

    select * from {{ ref('daily_user_channel_activity') }}

    where
        guild_id = {{ parameter('guild_id', 'bigint') }}
        and activity_date between
        coalesce({{ parameter('since', 'date') }}, '-infinity')
        and coalesce({{ parameter('until', 'date') }}, 'infinity')
        and message_count > 0

),

users as (

    select * from {{ ref('users') }}

),

counted as (

    select
        author_id as user_id,
        sum(message_count)::bigint as message_count,
        count(distinct channel_id) as active_channels,
        count(distinct activity_date) as active_days,
        sum(reaction_count)::bigint as reaction_count,
        max(activity_date) as last_day

    from daily

    group by author_id

)

select
    row_number() over (order by counted.message_count desc, counted.user_id asc) as rank,
    coalesce(users.global_name, users.username) as name,
    users.username,
    counted.*

from counted

left join users
    on counted.user_id = users.user_id

order by
    counted.message_count desc,
    counted.user_id asc

limit {{ parameter('limit', 'bigint') }}
