{#- What people wrote in the channel-weeks of a CTE `touched` (channel_id, week_start), and
    `before` and `after` them: rows of `messages` with their week_start. In an incremental
    build a message's id is its time, so that the primary key leads there, week by week
    (offset 0). A new table takes all weeks: each message is of its own, and of the next or
    the last one if it is that near; then the planner knows how many there are. -#}
{% macro messages_around_weeks(messages, before, after) -%}
    {%- if adds_rows() -%}
    {%- set starts_at = reporting_midnight('touched.week_start') -%}
    {%- set ends_at = reporting_midnight('touched.week_start + 7') -%}
    select
        posted.*,
        touched.week_start,
        posted.created_at >= {{ starts_at }} and posted.created_at < {{ ends_at }} as is_of_week

    from touched

    cross join
        lateral (
            select stored.*
            from {{ messages }} as stored
            where
                touched.channel_id = stored.channel_id
                and stored.message_id
                >= {{ timestamp_to_snowflake(starts_at ~ " - interval '" ~ before ~ "'") }}
                and stored.message_id
                < {{ timestamp_to_snowflake(ends_at ~ " + interval '" ~ after ~ "'") }}
                and stored.is_human
            offset 0
        ) as posted
    {%- else -%}
    {%- set own_week = week_start(reporting_date('stored.created_at')) %}
    select
        stored.*,
        near.week_start,
        near.is_of_week

    from {{ messages }} as stored

    cross join
        lateral (
            values
            ({{ own_week }}, true),
            (
                {{ week_start(reporting_date("(stored.created_at + interval '" ~ before ~ "')")) }},
                false
            ),
            (
                {{ week_start(reporting_date("(stored.created_at - interval '" ~ after ~ "')")) }},
                false
            )
        ) as near (week_start, is_of_week)

    where
        stored.is_human
        and (near.is_of_week or near.week_start != {{ own_week }})
    {%- endif %}
{%- endmacro %}
