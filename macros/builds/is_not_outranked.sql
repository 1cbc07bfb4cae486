{#- Whether a row of `latest` may replace the one that is stored: what the API has ever shown,
    no export tells better. -#}
{% macro is_not_outranked() -%}
    {%- if adds_rows() -%}
        (
            latest.source = 'api'
            or not exists (
                select from {{ this }} as stored
                where
                    {% for key in unique_keys() -%}
                        stored.{{ key }} = latest.{{ key }}{{ ' and ' if not loop.last }}
                    {%- endfor %}
                    and stored.source = 'api'
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
