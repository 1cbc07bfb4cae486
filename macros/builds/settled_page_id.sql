{#- The build's upper bound. A builder that waits also makes writers queue behind it,
    so it gives up rather than hold them for long. A snapshot taken before the wait would
    hide what they wrote, whatever isolation the server is set to begin with. -#}
{% macro settled_page_id() -%}
    {%- do run_query("select set_config('lock_timeout', '60s', false)") -%}
    {%- do run_query("set default_transaction_isolation = 'read committed'") -%}
    {%- set settled = run_query('select landing.settled_page_id()').rows[0][0] | int -%}
    {%- do run_query('reset default_transaction_isolation') -%}
    {%- do run_query("select set_config('lock_timeout', '0', false)") -%}
    {{ return(settled) }}
{%- endmacro %}
