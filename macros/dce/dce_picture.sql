{#- A picture or video of an embed in Discord's shape. -#}
{% macro dce_picture(json) -%}
    case
        when jsonb_typeof({{ json }}) = 'object'
            then jsonb_strip_nulls(jsonb_build_object(
                'url', coalesce({{ json }} -> 'canonicalUrl', {{ json }} -> 'url'),
                'proxy_url', case when {{ json }} ? 'canonicalUrl' then {{ json }} -> 'url' end,
                'width', {{ json }} -> 'width',
                'height', {{ json }} -> 'height'
            ))
    end
{%- endmacro %}
