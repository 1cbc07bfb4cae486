{#- Whether this build has brought rows that only exports know. Asked after the model's rows
    were written. -#}
{% macro has_new_exports(low, high) -%}
    {%- set query -%}
        select exists (
            select from {{ this }}
            where source = 'dce' and page_id > {{ low }} and page_id <= {{ high }}
        )
    {%- endset -%}
    {{ return(run_query(query).rows[0][0]) }}
{%- endmacro %}
