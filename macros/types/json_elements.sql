{#- The elements of the JSON array at a path and their places in it, for a lateral join: an
    object there counts as an array of one, what is missing or null holds nothing, and no
    type of JSON raises an error. The body of a page is unpacked once, which a test of its
    type before would do again. -#}
{% macro json_elements(json, path='$') -%}
    (
        select
            item.value,
            item.ordinal
        from
            jsonb_path_query({{ json }}, '{{ path }}[*]')
            with ordinality as item (value, ordinal)
        where item.value <> 'null'
    )
{%- endmacro %}
