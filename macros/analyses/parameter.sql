{#- A parameter of an analysis, which its reader gives to `make ask`: null if not given. What is
    compiled is filled in by the driver, never by us. (sqlfluff knows no builtins.) -#}
{% macro parameter(name, type) -%}
    {%- if builtins is defined -%}
        %({{ name }})s::{{ type }}
    {%- else -%}
        null::{{ type }}
    {%- endif -%}
{%- endmacro %}
