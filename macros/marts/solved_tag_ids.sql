{#- The tags of a forum that say that a post needs no answer any more: those named like one
    of the variable solved_tags. `available_tags` is the forum's, as Discord sent it. -#}
{% macro solved_tag_ids(available_tags) -%}
    array(
        select {{ typed('tag.value', 'id', 'bigint') }}
        from {{ json_elements(available_tags) }} as tag
        where {{ lower_case("tag.value ->> 'name'") }} in (
            {%- for name in var('solved_tags') %}
            {{ lower_case("'" ~ name | replace("'", "''") ~ "'") }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    )
{%- endmacro %}
