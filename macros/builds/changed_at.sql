{#- When one version of a message followed another. An author's edit has its time; what
    Discord adds by itself (a link's embed) has none, and was there when it was first seen.
    Whatever the clocks say, it was between the two sightings. -#}
{% macro changed_at(edited_before, seen_before, edited_after, seen_after) -%}
    greatest(
        {{ seen_before }},
        case
            when
                {{ edited_after }} is distinct from {{ edited_before }}
                then least({{ edited_after }}, {{ seen_after }})
            else {{ seen_after }}
        end
    )
{%- endmacro %}
