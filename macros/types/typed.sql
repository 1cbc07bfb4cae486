{#- The one way from Discord's JSON to a column: total, so that no page can stop a build.
    What cannot be typed is null. -#}
{% macro typed(json, key, type) -%}
    {%- set text = '(' ~ json ~ " ->> '" ~ key ~ "')" -%}
    {%- if type == 'text' -%} {{ text }}
    {%- elif type == 'bigint' -%} {{ safe_bigint(text) }}
    {%- elif type == 'integer' -%} {{ safe_integer(text) }}
    {%- elif type == 'count' -%} {{ safe_count(text) }}
    {%- elif type == 'numeric' -%} {{ safe_numeric(text) }}
    {%- elif type == 'boolean' -%} {{ safe_boolean(text) }}
    {%- elif type == 'timestamptz' -%} {{ safe_timestamp(text) }}
    {%- else -%}
        {%- do exceptions.raise_compiler_error('typed() knows no type ' ~ type) -%}
    {%- endif -%}
{%- endmacro %}
