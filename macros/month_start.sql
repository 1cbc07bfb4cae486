{#- The first day of the month of a date. -#}
{% macro month_start(date) -%}
    date_trunc('month', ({{ date }})::timestamp)::date
{%- endmacro %}
