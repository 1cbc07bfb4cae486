{#- What a list of embeds says, as one text: its words and addresses, these without their
    parameters, which are a signature that Discord makes anew for each reader; not what else
    Discord adds and may add tomorrow. Null if there is none. -#}
{% macro embeds_text(embeds) -%}
    case when {{ embeds }} != '[]' then (
        select
            string_agg(
                concat_ws(
                    chr(31),
                    jsonb_build_array(
                        {% for path in [
                            'type', 'title', 'description', 'url', 'color', 'timestamp',
                            'fields', 'author,name', 'author,url', 'footer,text',
                            'provider,name'
                        ] -%}
                        embed.value #> '{{ '{' ~ path ~ '}' }}'{{ ',' if not loop.last }}
                        {% endfor %}
                    )::text,
                    split_part(embed.value #>> '{image,url}', '?', 1),
                    split_part(embed.value #>> '{thumbnail,url}', '?', 1),
                    split_part(embed.value #>> '{video,url}', '?', 1),
                    {{ components_text("(embed.value -> 'components')") }}
                ),
                chr(30) order by embed.ordinal
            )
        from {{ json_elements(embeds) }} as embed
        where jsonb_typeof(embed.value) = 'object'
    ) end
{%- endmacro %}
