{#- What a list of files is, as one text: what their author gave, not what Discord adds (signed
    addresses, previews, scans) and may add tomorrow. Null if there is none. -#}
{% macro files_text(files) -%}
    case when {{ files }} != '[]' then (
        select
            string_agg(
                jsonb_build_array(
                    {% for key in [
                        'id', 'filename', 'title', 'description', 'content_type', 'size'
                    ] -%}
                    file.value -> '{{ key }}'{{ ',' if not loop.last }}
                    {% endfor %}
                )::text,
                chr(30) order by file.ordinal
            )
        from {{ json_elements(files) }} as file
        where jsonb_typeof(file.value) = 'object'
    ) end
{%- endmacro %}
