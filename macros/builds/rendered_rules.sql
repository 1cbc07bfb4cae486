{#- What the macros that models are written with say now. dbt's checksum of a model is that
    of its file, which stays the same when a macro in it changes. -#}
{% macro rendered_rules() -%}
    {%- set rules = [
        id_array('json'),
        id_array('json', 'key'),
        is_whole_list('json', 'id'),
        json_array('json'),
        reporting_date('instant'),
        reporting_midnight('date'),
        snowflake_to_timestamp('id'),
        text_array('json'),
        week_start('date'),
    ] -%}
    {%- for type in [
        'text', 'bigint', 'integer', 'count', 'numeric', 'boolean', 'timestamptz'
    ] -%}
        {%- do rules.append(typed('json', 'key', type)) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
