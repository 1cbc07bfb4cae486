{#- What people wrote in the weeks of a CTE `touched` (guild_id or another `unit`, week_start):
    rows of `messages` with their week_start. Looked up day by day in an incremental build
    (offset 0): joined as a whole, the table would be read whole. `daily` knows which days
    there are. -#}
{% macro messages_of_weeks(messages, daily, unit='guild_id') -%}
    select
        posted.*,
        channel_days.week_start

    from (
        select distinct
            touched.week_start,
            days.channel_id,
            days.activity_date
        from touched
        inner join {{ daily }} as days
            on
                touched.{{ unit }} = days.{{ unit }}
                and days.activity_date between touched.week_start and touched.week_start + 6
        where days.message_count > 0
    ) as channel_days

    cross join
        lateral (
            select stored.*
            from {{ messages }} as stored
            where
                channel_days.channel_id = stored.channel_id
                and channel_days.activity_date = {{ reporting_date('stored.created_at') }}
                and stored.is_human
            {{ 'offset 0' if adds_rows() }}
        ) as posted
{%- endmacro %}
