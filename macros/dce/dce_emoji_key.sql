{#- How reactions of exports name an emoji: as those of the API do, by a custom emoji's id, else
    by the emoji itself, if a key can hold it. Of one that Discord did not name, the exporter
    says so; it has no key. -#}
{% macro dce_emoji_key(emoji_id, emoji_name) -%}
    case
        when {{ emoji_id }} is not null then ({{ emoji_id }})::text
        when
            octet_length({{ emoji_name }}) <= 200
            and {{ emoji_name }} not in ('', 'Unknown Emoji')
            then {{ emoji_name }}
    end
{%- endmacro %}
