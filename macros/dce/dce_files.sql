{#- Attachments in Discord's shape. -#}
{% macro dce_files(json) -%}
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'id', file.value -> 'id',
                        'filename', file.value -> 'fileName',
                        'size', file.value -> 'fileSizeBytes',
                        'url', file.value -> 'url'
                    )
                    order by file.ordinal
                ),
                '[]'
            )
        from {{ json_elements(json) }} as file
    )
{%- endmacro %}
