{#- The build's upper bound. A builder that waits also makes writers queue behind it,
    so it gives up rather than hold them for long. -#}
{% macro settled_page_id() -%}
    {%- do run_query("select set_config('lock_timeout', '60s', false)") -%}
    {%- set settled = run_query('select landing.settled_page_id()').rows[0][0] | int -%}
    {%- do run_query("select set_config('lock_timeout', '0', false)") -%}
    {{ return(settled) }}
{%- endmacro %}
