{#- Of a message's content column: what the new pages show, unless only the stored row comes
    from a page with the message content intent. -#}
{% macro kept_content(column) -%}
    {%- if adds_rows() -%}
        case
            when latest.has_message_content or not latest.stored_has_message_content
                then latest.{{ column }}
            else latest.stored_{{ column }}
        end
    {%- else -%}
        latest.{{ column }}
    {%- endif -%}
{%- endmacro %}
