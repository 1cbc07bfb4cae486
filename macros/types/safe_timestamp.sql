{#- Only instants that exist and that name their offset: no 31 June, no hour 24, no
    leap day in 1900. So neither the session's time zone nor its date style matters. -#}
{% macro safe_timestamp(text) -%}
    {%- set leap_year = '([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)' -%}
    {%- set day = '(((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))'
        ~ '|((0[469]|11)-(0[1-9]|[12][0-9]|30))|(02-(0[1-9]|1[0-9]|2[0-8])))' -%}
    {%- set date = '([12][0-9]{3}-' ~ day ~ '|' ~ leap_year ~ '-02-29)' -%}
    {%- set time = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?' -%}
    {%- set offset = '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])' -%}
    case
        when {{ text }} ~ '^{{ date }}T{{ time }}{{ offset }}$' then ({{ text }})::timestamptz
    end
{%- endmacro %}
