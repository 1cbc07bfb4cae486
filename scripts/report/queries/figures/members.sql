-- Who is a member, by the lists of members, bots left out; null for days before the first
-- whole list. When somebody left is known only to lie between two lists: it counts halfway.
with

people as (

    select
        members.joined_at,
        case
            when members.is_deleted
                then
                    members.deleted_after
                    + (members.deleted_before - members.deleted_after) / 2
        end as left_at

    from discord.members as members

    left join discord.users as users
        on members.user_id = users.user_id

    where
        members.guild_id = %(guild_id)s
        and members.joined_at is not null
        and users.is_bot is not true

),

lists as (

    select
        coalesce(bool_or(listed_at < %(ends_at)s), false) as is_listed_at_end,
        coalesce(bool_or(listed_at <= %(begins_at)s), false) as is_listed

    from audit.member_lists

    where guild_id = %(guild_id)s

),

counted as (

    select
        count(*) filter (
            where
            joined_at < %(ends_at)s
            and (left_at is null or left_at >= %(ends_at)s)
        ) as member_count,
        count(*) filter (
            where joined_at >= %(begins_at)s and joined_at < %(ends_at)s
        ) as join_count,
        count(*) filter (
            where left_at >= %(begins_at)s and left_at < %(ends_at)s
        ) as leave_count,
        count(*) filter (
            where
            left_at >= %(begins_at)s and left_at < %(ends_at)s
            and left_at - joined_at < interval '7 days'
        ) as bounce_count

    from people

),

notices as (

    select coalesce(sum(join_message_count), 0)::bigint as join_message_count

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day)s and %(last_day)s

)

select
    figures.figure,
    'count' as unit,
    figures.value

from counted

cross join lists

cross join notices

cross join
    lateral (
        values
        (
            1,
            'Members at the end',
            case when lists.is_listed_at_end then counted.member_count end
        ),
        (2, 'Joined', case when lists.is_listed then counted.join_count end),
        (3, 'Left', case when lists.is_listed then counted.leave_count end),
        (
            4,
            'Net',
            case when lists.is_listed then counted.join_count - counted.leave_count end
        ),
        (
            5,
            'Left within seven days of joining',
            case when lists.is_listed then counted.bounce_count end
        ),
        (6, 'Welcomes that Discord posted', notices.join_message_count)
    ) as figures (position, figure, value)

order by figures.position
