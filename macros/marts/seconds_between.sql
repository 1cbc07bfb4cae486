{#- Whole seconds from one message to another, as their ids tell: rounded, half of one up. -#}
{% macro seconds_between(message_id, later_message_id) -%}
    round((({{ later_message_id }} >> 22) - ({{ message_id }} >> 22)) / 1000.0)::bigint
{%- endmacro %}
