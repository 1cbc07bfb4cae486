{#- The instant at which a date begins in the reporting time zone. -#}
{% macro reporting_midnight(date) -%}
    ({{ date }})::timestamp at time zone '{{ var("reporting_timezone") }}'
{%- endmacro %}
