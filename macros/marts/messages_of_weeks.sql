{#- What people wrote in the weeks of a CTE `touched` (guild_id or another `unit`, week_start):
    rows of `messages` with their week_start. In an incremental build each week is looked up
    by itself, and each of its days (offset 0): joined as wholes, the tables would be read
    whole, or every day compared with every week. `daily` knows which days there are. A new
    table takes all weeks, so nothing is looked up: what joins `touched` later leaves out the
    messages of no guild. -#}
{% macro messages_of_weeks(messages, daily, unit='guild_id') -%}
    {%- if adds_rows() -%}
    select
        posted.*,
        channel_days.week_start

    from (
        select distinct
            touched.week_start,
            days.channel_id,
            days.activity_date
        from touched
        cross join
            lateral (
                select
                    known.channel_id,
                    known.activity_date
                from {{ daily }} as known
                where
                    touched.{{ unit }} = known.{{ unit }}
                    and known.activity_date between touched.week_start and touched.week_start + 6
                    and known.message_count > 0
                offset 0
            ) as days
    ) as channel_days

    cross join
        lateral (
            select stored.*
            from {{ messages }} as stored
            where
                channel_days.channel_id = stored.channel_id
                and channel_days.activity_date = {{ reporting_date('stored.created_at') }}
                and stored.is_human
            offset 0
        ) as posted
    {%- else -%}
    select
        stored.*,
        {{ week_start(reporting_date('stored.created_at')) }} as week_start

    from {{ messages }} as stored

    where stored.is_human
    {%- endif %}
{%- endmacro %}
