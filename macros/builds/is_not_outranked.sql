{#- Whether a row of `latest` may replace the one that is stored: what the API has ever shown,
    no export tells better. The stored one is looked up row by row: for `not exists`, the
    planner would read the whole table, as it cannot know how few rows exports bring. -#}
{% macro is_not_outranked() -%}
    {%- if adds_rows() -%}
        (
            latest.source = 'api'
            or not coalesce((
                select stored.source = 'api' from {{ this }} as stored
                where
                    {% for key in unique_keys() -%}
                        stored.{{ key }} = latest.{{ key }}{{ ' and ' if not loop.last }}
                    {%- endfor %}
            ), false)
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
