{#- The digits of an old-style name as Discord writes them, 0 for a new-style one. An export
    has four zeros for those, and from 2.25 to 2.26.1 numbers for people mentioned. -#}
{% macro dce_discriminator(person) -%}
    {%- set text = '(' ~ person ~ " ->> 'discriminator')" -%}
    case
        when {{ text }} ~ '^0{1,4}$' then '0'
        when {{ text }} ~ '^[0-9]{1,4}$' then lpad({{ text }}, 4, '0')
    end
{%- endmacro %}
