{#- Whether a message was posted from the day of parameter `since` to that of `until`, both
    counted; each may not be given. Ids are compared, because they are indexed. -#}
{% macro is_posted_within(message_id) -%}
    {%- set first_day = parameter('since', 'date') -%}
    {%- set last_day = parameter('until', 'date') -%}
    {{ message_id }} between
    coalesce({{ timestamp_to_snowflake(reporting_midnight(first_day)) }}, 0)
    and coalesce(
        {{ timestamp_to_snowflake(reporting_midnight(last_day ~ ' + 1')) }} - 1,
        9223372036854775807
    )
{%- endmacro %}
