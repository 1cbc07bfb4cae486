{#- Whether a body is a list in which every element has an id: `id` is the path to it. One
    without may be any, so a list with such an element tells of nothing that it is gone. -#}
{% macro is_whole_list(body, id) -%}
    (
        jsonb_typeof({{ body }}) = 'array'
        and not jsonb_path_exists(
            {{ body }}, '$[*] ? (!exists(@.{{ id }} ? (@ like_regex "^[0-9]{1,18}$")))'
        )
    )
{%- endmacro %}
