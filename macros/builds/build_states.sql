{#- What each incremental model has read, by relation, as of the start of this build. -#}
{% macro build_states() -%}
    {%- set states = {} -%}
    {%- set query -%}
        select relation, page_id, fingerprint, reporting_timezone from audit.build_state
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
        {%- do states.update({row[0]: {
            'page_id': row[1] | int, 'fingerprint': row[2], 'reporting_timezone': row[3]}}) -%}
    {%- endfor -%}
    {{ return(states) }}
{%- endmacro %}
