{#- A number of type bigint or integer, at least `least` if that is given, written as
    Postgres writes it: no sign of plus, space, leading zero, underscore or hexadecimal. The
    digits are checked by what the server has; either way gives the same rows. -#}
{% macro safe_whole_number(text, type, least=none) -%}
    {%- if has_input_check() -%}
    case
        when pg_input_is_valid({{ text }}, '{{ type }}')
            then
                case
                    when
                        ({{ text }})::{{ type }}::text = {{ text }}
                        {{ 'and (' ~ text ~ ')::' ~ type ~ ' >= ' ~ least if least is not none }}
                        then ({{ text }})::{{ type }}
                end
    end
    {%- else -%}
    {%- set greatest = {'bigint': 9223372036854775807, 'integer': 2147483647}[type] -%}
    case
        when {{ text }} ~ '^(0|-?[1-9][0-9]{0,18})$'
            then
                case
                    when
                        ({{ text }})::numeric
                        between {{ -1 - greatest if least is none else least }} and {{ greatest }}
                        then ({{ text }})::{{ type }}
                end
    end
    {%- endif -%}
{%- endmacro %}
