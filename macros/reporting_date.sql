{#- The day of an instant in the reporting time zone, whatever the session's is. -#}
{% macro reporting_date(instant) -%}
    ({{ instant }} at time zone '{{ var("reporting_timezone") }}')::date
{%- endmacro %}
