{#- What people wrote in the channel-weeks of a CTE `touched` (channel_id, week_start), and
    `before` and `after` them: rows of `messages` with their week_start. A message's id is its
    time, so that the primary key leads there, week by week (offset 0). -#}
{% macro messages_around_weeks(messages, before, after) -%}
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
{%- endmacro %}
