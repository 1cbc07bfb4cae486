{#- What components say and show, as one text, without addresses' signatures, proxies and
    previews, wherever in their tree these stand. Null if there are none. -#}
{% macro components_text(components) -%}
    case when {{ components }} != '[]' then
        regexp_replace(
            ({{ components }})::text,
            '"(proxy_url|placeholder)": "[^"]*",? ?'
            || '|"placeholder_version": [0-9]+,? ?'
            || '|[?]ex=[0-9a-f]+&is=[0-9a-f]+&hm=[0-9a-f]+&?',
            '', 'g'
        )
    end
{%- endmacro %}
