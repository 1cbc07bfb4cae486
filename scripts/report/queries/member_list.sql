-- How many people the list of members has, bots left out, and since when it was seen like
-- that (a page that says the same again is not kept); no row as long as it was never read
-- to its end.
with

lists as (

    select guild_id

    from audit.member_lists

    where guild_id = %(guild_id)s

)

select
    count(*) as member_count,
    max(members.observed_at) as observed_at

from lists

inner join discord.members as members
    on lists.guild_id = members.guild_id

left join discord.users as users
    on members.user_id = users.user_id

where
    members.is_deleted is not true
    and users.is_bot is not true

having count(*) > 0
