{#- A percentile of the whole numbers up to a limit, rounded, half of one up: as numeric,
    which drops what interpolation in binary adds. -#}
{% macro percentile_within(number, place, limit) -%}
    round(
        (
            percentile_cont({{ place }}) within group (order by {{ number }})
            filter (where {{ number }} <= {{ limit }})
        )::numeric
    )::bigint
{%- endmacro %}
