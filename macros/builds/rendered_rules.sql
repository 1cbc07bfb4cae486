{#- What the macros that models are written with say now. dbt's checksum of a model is that
    of its file, which stays the same when a macro in it changes. -#}
{% macro rendered_rules() -%}
    {%- set rules = [
        has_permission('bit_set', 'view_channel'),
        is_disguise('message'),
        id_array('json'),
        id_array('json', 'key'),
        json_array('json'),
        json_elements('json'),
        reporting_date('instant'),
        reporting_midnight('date'),
        snowflake_to_timestamp('id'),
        state_periods('events', 'id', ['column']),
        text_array('json'),
        timestamp_to_snowflake('instant'),
        url_decode('text'),
        users_covered('users', 'fetches', ['unit'], 'resource'),
        week_start('date'),
    ] -%}
    {%- for type in [
        'text', 'bigint', 'integer', 'count', 'numeric', 'boolean', 'timestamptz'
    ] -%}
        {%- do rules.append(typed('json', 'key', type)) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
