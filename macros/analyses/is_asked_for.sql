{#- Whether a column is what the parameter of the same name asks for; it may not be given. -#}
{% macro is_asked_for(id) -%}
    ({{ parameter(id, 'bigint') }} is null or {{ id }} = {{ parameter(id, 'bigint') }})
{%- endmacro %}
