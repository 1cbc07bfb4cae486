{#- Discord's ids hold the milliseconds since 2015 above their lowest 22 bits. -#}
{% macro snowflake_to_timestamp(id) -%}
    (to_timestamp(0) + ((({{ id }}) >> 22) + 1420070400000) * interval '1 millisecond')
{%- endmacro %}
