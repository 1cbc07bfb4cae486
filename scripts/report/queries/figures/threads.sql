-- Threads and forum posts opened in the window, as of the last complete sync. Shares and
-- medians are null under five of them.
with

threads as (

    select
        activity.message_count,
        activity.participant_count,
        activity.opener_id,
        activity.response_seconds,
        channels.is_archived is not true
        and coverage.archived_until - coalesce(activity.last_message_at, activity.opened_at)
        > interval '7 days' as is_stale

    from marts.thread_activity as activity

    left join discord.channels as channels
        on activity.channel_id = channels.channel_id

    left join audit.guild_coverage as coverage
        on activity.guild_id = coverage.guild_id

    where
        activity.guild_id = %(guild_id)s
        -- says no more than the instants do, but there is an index of weeks
        and activity.week_start between %(first_day)s::date - 6 and %(last_day)s
        and activity.opened_at >= %(begins_at)s
        and activity.opened_at < %(ends_at)s

),

counted as (

    select
        count(*) as opened_count,
        count(response_seconds) as with_response_count,
        -- who opened a thread is in no export
        count(opener_id) as known_count,
        count(*) filter (where participant_count = 1) as single_author_count,
        count(*) filter (where is_stale) as stale_count,
        count(*) filter (where is_stale is null) as unknown_count,
        percentile_cont(0.5) within group (order by response_seconds) as median_seconds,
        percentile_cont(0.5) within group (order by message_count) as median_messages

    from threads

)

select
    figures.figure,
    figures.unit,
    figures.value

from counted

cross join
    lateral (
        values
        (1, 'Opened', 'count', counted.opened_count::numeric),
        (
            2,
            'With an answer',
            'share',
            case
                when counted.known_count >= 5
                    then round(counted.with_response_count::numeric / counted.known_count, 4)
            end
        ),
        (
            3,
            'Median time to the answer',
            'seconds',
            case
                when counted.with_response_count >= 5 then round(counted.median_seconds::numeric)
            end
        ),
        (
            4,
            'Median messages',
            'ratio',
            case when counted.opened_count >= 5 then counted.median_messages::numeric end
        ),
        (5, 'With a single author', 'count', counted.single_author_count),
        (
            6,
            'Open and silent for seven days',
            'count',
            case when counted.unknown_count = 0 then counted.stale_count end
        )
    ) as figures (position, figure, unit, value)

order by figures.position
