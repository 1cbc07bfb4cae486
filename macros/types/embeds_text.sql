{#- What a list of embeds says, as one text: each without the objects in it but for the words
    and addresses of these, and addresses without their parameters, which are a signature
    that Discord makes anew for each reader. Null if there is none. -#}
{% macro embeds_text(embeds) -%}
    case when {{ embeds }} != '[]' then (
        select
            string_agg(
                concat_ws(
                    chr(31),
                    (
                        embed.value - array[
                            'author', 'footer', 'image', 'provider', 'thumbnail', 'video'
                        ]
                    )::text,
                    embed.value #>> '{author,name}',
                    embed.value #>> '{author,url}',
                    embed.value #>> '{footer,text}',
                    embed.value #>> '{provider,name}',
                    split_part(embed.value #>> '{image,url}', '?', 1),
                    split_part(embed.value #>> '{thumbnail,url}', '?', 1),
                    split_part(embed.value #>> '{video,url}', '?', 1)
                ),
                chr(30) order by embed.ordinal
            )
        from {{ json_elements(embeds) }} as embed
        where jsonb_typeof(embed.value) = 'object'
    ) end
{%- endmacro %}
