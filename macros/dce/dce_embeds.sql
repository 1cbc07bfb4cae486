{#- Embeds in Discord's shape; type and provider are not exported. A missing text is written
    as an empty one. -#}
{% macro dce_embeds(json) -%}
    case
        when {{ json }} = '[]' then '[]'::jsonb
        when jsonb_typeof({{ json }}) = 'array'
            then (
                select
                    coalesce(
                        jsonb_agg(
                            jsonb_strip_nulls(jsonb_build_object(
                                'title', nullif(embed.value ->> 'title', ''),
                                'url', embed.value ->> 'url',
                                'timestamp', embed.value ->> 'timestamp',
                                'description', nullif(embed.value ->> 'description', ''),
                                'color', {{ dce_color("(embed.value ->> 'color')") }},
                                'author', case
                                    when jsonb_typeof(embed.value -> 'author') = 'object'
                                        then jsonb_build_object(
                                            'name', embed.value #> '{author,name}',
                                            'url', embed.value #> '{author,url}',
                                            'icon_url', embed.value #> '{author,iconUrl}'
                                        )
                                end,
                                'thumbnail', {{ dce_picture("(embed.value -> 'thumbnail')") }},
                                'image', {{ dce_picture("(embed.value -> 'image')") }},
                                'video', {{ dce_picture("(embed.value -> 'video')") }},
                                'footer', case
                                    when jsonb_typeof(embed.value -> 'footer') = 'object'
                                        then jsonb_build_object(
                                            'text', embed.value #> '{footer,text}',
                                            'icon_url', embed.value #> '{footer,iconUrl}'
                                        )
                                end,
                                'fields', (
                                    select
                                        jsonb_agg(
                                            jsonb_build_object(
                                                'name', field.value -> 'name',
                                                'value', field.value -> 'value',
                                                'inline', field.value -> 'isInline'
                                            )
                                            order by field.ordinal
                                        )
                                    from {{ json_elements("embed.value -> 'fields'") }} as field
                                )
                            ))
                            order by embed.ordinal
                        ),
                        '[]'
                    )
                from {{ json_elements(json) }} as embed
            )
    end
{%- endmacro %}
