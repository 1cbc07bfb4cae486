{#- As dbt's own, but for --empty: that would leave views behind which show nothing, and a
    build of a part would then take pages for read that nobody has seen. What an empty build
    must not read, pin_build_range() keeps from it. (sqlfluff knows no builtins.) -#}
{% macro ref() -%}
    {%- if builtins is defined -%}
        {{ return(builtins.ref(*varargs, **kwargs).replace(limit=none)) }}
    {%- endif -%}
    {{ varargs[-1] }}
{%- endmacro %}
