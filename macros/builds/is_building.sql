{#- Whether rows are being written: hooks are rendered by dbt compile and docs, too. -#}
{% macro is_building() -%}
    {{ return(execute and flags.WHICH in ['run', 'build']) }}
{%- endmacro %}
