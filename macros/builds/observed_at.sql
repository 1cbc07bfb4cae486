{#- When the row of an entity was last observed, by model of rows of both sources: exports
    come in any order, so that what is stored of them may be later. -#}
{% macro observed_at() -%}
    {%- if adds_rows() -%}
        case
            when latest.source = 'dce'
                then
                    greatest(
                        (
                            select stored.observed_at from {{ this }} as stored
                            where
                                {% for key in unique_keys() -%}
                                    stored.{{ key }} = latest.{{ key }}{{ ' and ' if not loop.last }}
                                {%- endfor %}
                                and stored.source = 'dce'
                        ),
                        latest.observed_at
                    )
            else latest.observed_at
        end
    {%- else -%}
        latest.observed_at
    {%- endif -%}
{%- endmacro %}
