{#- Whether a permission stands in a bit set, which is numeric because it may exceed 63
    bits; numeric knows no bit operators. Null: the bit set is unknown. -#}
{% macro has_permission(bit_set, name) -%}
    {%- set bits = {
        'administrator': 3,
        'view_channel': 10,
        'read_message_history': 16,
        'connect': 20,
    } -%}
    (mod(div({{ bit_set }}, {{ 2 ** bits[name] }}), 2) = 1)
{%- endmacro %}
