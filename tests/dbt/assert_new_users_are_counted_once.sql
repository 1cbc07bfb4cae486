-- Rows: guilds in which not everybody who ever posted was new exactly once.
with

people as (

    select
        guild_id,
        count(distinct user_id) as people

    from {{ ref('weekly_user_activity') }}

    group by 1

),

newcomers as (

    select
        guild_id,
        sum(new_users) as newcomers

    from {{ ref('weekly_guild_activity') }}

    where new_users is not null

    group by 1

)

select
    newcomers.guild_id,
    people.people,
    newcomers.newcomers

from newcomers

left join people
    on newcomers.guild_id = people.guild_id

where newcomers.newcomers != coalesce(people.people, 0)
