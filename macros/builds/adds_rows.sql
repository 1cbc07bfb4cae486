{#- Whether a model adds to the rows it has. A unit test has no table, so that is_incremental()
    cannot be asked there. -#}
{% macro adds_rows() -%}
    {{ return(execute and model.resource_type != 'unit_test' and is_incremental()) }}
{%- endmacro %}
