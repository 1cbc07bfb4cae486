{#- A number of type bigint or integer that is at least `least`, written as Postgres writes
    it: no sign of plus, space, leading zero, underscore or hexadecimal. The digits are
    checked by what the server has; either way gives the same rows. -#}
{% macro safe_whole_number(text, type, least) -%}
    {%- if has_input_check() -%}
    case
        when pg_input_is_valid({{ text }}, '{{ type }}')
            then
                case
                    when
                        ({{ text }})::{{ type }} >= {{ least }}
                        and ({{ text }})::{{ type }}::text = {{ text }}
                        then ({{ text }})::{{ type }}
                end
    end
    {%- else -%}
    case
        when {{ text }} ~ '^(0|-?[1-9][0-9]{0,18})$'
            then
                case
                    when
                        ({{ text }})::numeric between {{ least }} and
                        {{ '9223372036854775807' if type == 'bigint' else '2147483647' }}
                        then ({{ text }})::{{ type }}
                end
    end
    {%- endif -%}
{%- endmacro %}
