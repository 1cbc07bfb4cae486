-- How messages that ask for company were met (definitions: answers), deleted ones left out.
-- Of each horizon only those that are old enough to tell; null under five of them.
with

roots as (

    select
        responses.is_question,
        responses.response_seconds,
        coverage.archived_until - responses.created_at as age

    from marts.message_responses as responses

    left join audit.guild_coverage as coverage
        on responses.guild_id = coverage.guild_id

    where
        responses.guild_id = %(guild_id)s
        -- says no more than the instants do, but there is an index of weeks
        and responses.week_start between %(first_day)s::date - 6 and %(last_day)s
        and responses.created_at >= %(begins_at)s
        and responses.created_at < %(ends_at)s
        and not responses.is_deleted

),

counted as (

    select
        count(*) as root_count,
        count(*) filter (where is_question) as question_count,
        count(*) filter (where age >= interval '1 hour') as hour_count,
        count(*) filter (
            where age >= interval '1 hour' and response_seconds <= 3600
        ) as answered_hour_count,
        count(*) filter (where age >= interval '24 hours') as day_count,
        count(*) filter (
            where age >= interval '24 hours' and response_seconds <= 86400
        ) as answered_day_count,
        count(response_seconds) as answered_count,
        percentile_cont(0.5) within group (order by response_seconds) as median_seconds

    from roots

)

select
    figures.figure,
    figures.unit,
    figures.value

from counted

cross join
    lateral (
        values
        (1, 'Messages that ask for company', 'count', counted.root_count::numeric),
        (2, '… of them questions', 'count', counted.question_count),
        (
            3,
            'Answered within an hour',
            'share',
            case
                when counted.hour_count >= 5
                    then round(counted.answered_hour_count::numeric / counted.hour_count, 4)
            end
        ),
        (
            4,
            'Answered within a day',
            'share',
            case
                when counted.day_count >= 5
                    then round(counted.answered_day_count::numeric / counted.day_count, 4)
            end
        ),
        (
            5,
            'Median time to the answer',
            'seconds',
            case when counted.answered_count >= 5 then round(counted.median_seconds::numeric) end
        )
    ) as figures (position, figure, unit, value)

order by figures.position
