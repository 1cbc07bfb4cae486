-- Other guilds of this report in which the same people write (definitions:
-- cross_guild_users); fewer than five of them are not told. Nobody is named.
with

pairs as (

    select
        other_guild_id as partner_id,
        weight

    from marts.cross_guild_users

    where guild_id = %(guild_id)s

    union all

    select
        guild_id as partner_id,
        weight

    from marts.cross_guild_users

    where other_guild_id = %(guild_id)s

),

counted as (

    select
        partner_id,
        count(*) as value,
        sum(weight)::bigint as weight

    from pairs

    where partner_id = any(%(guild_ids)s)

    group by partner_id

)

select
    counted.partner_id as guild_id,
    guilds.name,
    case when counted.value >= 5 then counted.value end as value,
    case when counted.value >= 5 then counted.weight end as weight

from counted

left join discord.guilds as guilds
    on counted.partner_id = guilds.guild_id

order by counted.value desc, counted.partner_id asc

limit 10
