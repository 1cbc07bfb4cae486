-- How the messages of the window are spread over people and days (definitions:
-- weekly_participation); null under ten people, of whom such numbers say nothing.
with

people as (

    select
        author_id,
        sum(message_count) as message_count,
        count(distinct activity_date) as active_days

    from marts.daily_user_channel_activity

    where
        guild_id = %(guild_id)s
        and activity_date between %(first_day)s and %(last_day)s
        and message_count > 0

    group by author_id

),

ranked as (

    select
        message_count,
        active_days,
        row_number() over least_first as place,
        row_number() over most_first as rank,
        sum(message_count) over most_first as message_count_so_far,
        sum(message_count) over () as window_message_count

    from people

    window
        least_first as (order by message_count asc, author_id asc),
        most_first as (order by message_count desc, author_id asc)

),

counted as (

    select
        count(*) as unique_posters,
        sum(message_count) as message_count,
        sum(active_days) as poster_days,
        sum(place * message_count) as weighted_message_count,
        sum(message_count) filter (where rank <= 10) as top_ten_message_count,
        min(rank) filter (where 2 * message_count_so_far >= window_message_count)
            as absence_factor,
        percentile_cont(0.5) within group (order by message_count) as median_messages

    from ranked

)

select
    figures.figure,
    figures.unit,
    case when counted.unique_posters >= 10 then figures.value end as value

from counted

cross join
    lateral (
        values
        (
            1,
            'Messages per poster',
            'ratio',
            round(counted.message_count / nullif(counted.unique_posters, 0), 2)
        ),
        (2, 'Median messages per poster', 'ratio', round(counted.median_messages::numeric, 2)),
        (
            3,
            'Posters of an average day, of all posters (stickiness)',
            'share',
            round(
                counted.poster_days
                / (
                    (%(last_day)s::date - %(first_day)s::date + 1)
                    * nullif(counted.unique_posters, 0)
                ),
                4
            )
        ),
        (
            4,
            'Messages of the ten most active people',
            'share',
            round(counted.top_ten_message_count / counted.message_count, 4)
        ),
        (5, 'People who wrote half of all (absence factor)', 'count', counted.absence_factor),
        (
            6,
            'Inequality (Gini: 0 is all the same)',
            'index',
            round(
                (
                    2 * counted.weighted_message_count
                    - (counted.unique_posters + 1) * counted.message_count
                )
                / (counted.unique_posters * counted.message_count),
                4
            )
        )
    ) as figures (position, figure, unit, value)

order by figures.position
