-- Whoever has, or ever had, such a name: username, display name, or nick in a guild.
with

user_names as (

    select * from {{ ref('user_names') }}

),

member_names as (

    select * from {{ ref('member_names') }}

),

users as (

    select * from {{ ref('users') }}

),

guilds as (

    select * from {{ ref('guilds') }}

),

names as (

    select
        user_id,
        'username' as kind,
        null::bigint as guild_id,
        username as name,
        first_seen_at,
        last_seen_at

    from user_names

    union all

    select
        user_id,
        'display name' as kind,
        null::bigint as guild_id,
        global_name as name,
        first_seen_at,
        last_seen_at

    from user_names

    union all

    select
        user_id,
        'nick' as kind,
        guild_id,
        nick as name,
        first_seen_at,
        last_seen_at

    from member_names

),

found as (

    select
        user_id,
        kind,
        guild_id,
        name,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at

    from names

    where strpos(lower(name), lower({{ parameter('name', 'text') }})) > 0

    group by user_id, kind, guild_id, name

)

select
    found.name as found_name,
    found.kind,
    guilds.name as guild,
    users.username as username_now,
    users.global_name as display_name_now,
    users.is_bot,
    found.first_seen_at,
    found.last_seen_at,
    found.user_id

from found

left join users
    on found.user_id = users.user_id

left join guilds
    on found.guild_id = guilds.guild_id

order by
    lower(found.name) = lower({{ parameter('name', 'text') }}) desc,
    found.last_seen_at desc,
    found.user_id asc,
    found.kind asc,
    found.guild_id asc

limit {{ parameter('limit', 'bigint') }}
