-- Rows: weeks of a guild whose people do not hold its messages.
with

guilds as (

    select * from {{ ref('weekly_guild_activity') }}

),

people as (

    select
        guild_id,
        week_start,
        sum(message_count) as message_count,
        count(*) as unique_posters

    from {{ ref('weekly_user_activity') }}

    group by 1, 2

)

select
    guilds.message_count as guild_message_count,
    people.message_count as people_message_count,
    guilds.unique_posters as guild_unique_posters,
    people.unique_posters as people_unique_posters,
    coalesce(guilds.guild_id, people.guild_id) as guild_id,
    coalesce(guilds.week_start, people.week_start) as week_start

from guilds

full join people
    on
        guilds.guild_id = people.guild_id
        and guilds.week_start = people.week_start

where
    coalesce(guilds.message_count, 0) != coalesce(people.message_count, 0)
    or coalesce(guilds.unique_posters, 0) != coalesce(people.unique_posters, 0)
