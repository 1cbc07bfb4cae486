{#- What a list of files is, as one text, without their signed addresses and what is made
    for them later. Null if there is none. -#}
{% macro files_text(files) -%}
    case when {{ files }} != '[]' then (
        select
            string_agg(
                (
                    file.value - array[
                        'url', 'proxy_url', 'placeholder', 'placeholder_version',
                        'clip_participants', 'application'
                    ]
                )::text,
                chr(30) order by file.ordinal
            )
        from {{ json_elements(files) }} as file
        where jsonb_typeof(file.value) = 'object'
    ) end
{%- endmacro %}
