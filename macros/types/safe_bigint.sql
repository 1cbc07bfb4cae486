{#- Nineteen digits may still be too many: text of one length compares like its number. -#}
{% macro safe_bigint(text) -%}
    case
        when {{ text }} ~ '^[0-9]{1,18}$' then ({{ text }})::bigint
        when
            {{ text }} ~ '^[0-9]{19}$'
            and ({{ text }}) collate "C" <= '9223372036854775807'
            then ({{ text }})::bigint
    end
{%- endmacro %}
