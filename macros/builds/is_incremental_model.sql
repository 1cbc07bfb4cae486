{% macro is_incremental_model(node) -%}
    {{ return(node.resource_type == 'model' and node.config.materialized == 'incremental') }}
{%- endmacro %}
