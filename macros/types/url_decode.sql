{#- What a percent-encoded text stands for. Total: null if its bytes are no text, or a NUL,
    or if there is a percent sign that encodes nothing. Written as a check of the bytes
    because convert_from() raises an error at the first one that is none of UTF-8's. -#}
{% macro url_decode(text) -%}
    {%- set next = '[89ab][0-9a-f]' -%}
    {%- set utf8 = '(0[1-9a-f]|[1-7][0-9a-f]'
        ~ '|(c[2-9a-f]|d[0-9a-f])' ~ next
        ~ '|(e0[ab][0-9a-f]|(e[1-9a-cef])' ~ next ~ '|ed[89][0-9a-f])' ~ next
        ~ '|(f0[9ab][0-9a-f]|f[1-3]' ~ next ~ '|f48[0-9a-f])' ~ next ~ next ~ ')*' -%}
    {%- set hex -%}
        string_agg(
            case
                when piece.match[1] ~ '^%[0-9a-fA-F]{2}$' then lower(substr(piece.match[1], 2))
                when piece.match[1] = '%' then '00'
                else encode(convert_to(piece.match[1], 'UTF8'), 'hex')
            end,
            ''
            order by piece.ordinal
        )
    {%- endset -%}
    (
        select
            case
                when {{ hex }} ~ '^{{ utf8 }}$'
                    then convert_from(decode({{ hex }}, 'hex'), 'UTF8')
            end
        from
            regexp_matches({{ text }}, '%[0-9a-fA-F]{2}|[^%]+|%', 'g')
            with ordinality as piece (match, ordinal)
    )
{%- endmacro %}
