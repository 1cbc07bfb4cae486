{#- When a signed address of Discord's file store ends: its parameter `ex`, hexadecimal
    seconds. Null: not signed. -#}
{% macro url_expires_at(url) -%}
    to_timestamp(
        ('x' || lpad(substring({{ url }} from '[?&]ex=([0-9a-f]{1,9})(&|$)'), 16, '0'))::bit(64)::bigint
    )
{%- endmacro %}
