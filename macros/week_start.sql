{#- The Monday that begins the week of a date. -#}
{% macro week_start(date) -%}
    date_trunc('week', ({{ date }})::timestamp)::date
{%- endmacro %}
