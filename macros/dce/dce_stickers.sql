{#- Stickers in Discord's shape. Null where they are not told (before 2.33). -#}
{% macro dce_stickers(json) -%}
    case
        when jsonb_typeof({{ json }}) = 'array'
            then (
                select
                    coalesce(
                        jsonb_agg(
                            jsonb_build_object(
                                'id', sticker.value -> 'id',
                                'name', sticker.value -> 'name',
                                'format_type', case sticker.value ->> 'format'
                                    when 'Png' then 1
                                    when 'Apng' then 2
                                    when 'PngAnimated' then 2
                                    when 'Lottie' then 3
                                    when 'Gif' then 4
                                end
                            )
                            order by sticker.ordinal
                        ),
                        '[]'
                    )
                from {{ json_elements(json) }} as sticker
            )
    end
{%- endmacro %}
