{#- What the clocks of the reporting time zone show at an instant: a timestamp without zone. -#}
{% macro reporting_clock(instant) -%}
    ({{ instant }} at time zone '{{ var("reporting_timezone") }}')
{%- endmacro %}
