{#- The weeks of guilds of whose messages a new page tells anything: what a mart of weeks
    computes again, as wholes. `daily` is daily_user_channel_activity. -#}
{% macro touched_weeks(daily) -%}
    select distinct
        guild_id,
        {{ week_start('activity_date') }} as week_start

    from {{ daily }}

    where
        {{ is_new_page() }}
        and guild_id is not null
{%- endmacro %}
