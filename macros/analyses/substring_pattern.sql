{#- The pattern of "like" for whatever contains a text as it is. (The driver, who fills in
    parameters, wants each percent sign twice.) -#}
{% macro substring_pattern(text) -%}
    '%%' || replace(replace(replace({{ text }}, '\', '\\'), '%%', '\%%'), '_', '\_') || '%%'
{%- endmacro %}
