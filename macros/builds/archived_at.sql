{#- When an entity was first archived: what is stored says so, else the first of the new
    observations. The model's CTE `latest` has one row an entity, with archived_at as of
    the new ones. -#}
{% macro archived_at() -%}
    {%- if adds_rows() -%}
        coalesce(
            (
                select stored.archived_at from {{ this }} as stored
                where
                    {% for key in unique_keys() -%}
                        stored.{{ key }} = latest.{{ key }}{{ ' and ' if not loop.last }}
                    {%- endfor %}
            ),
            latest.archived_at
        )
    {%- else -%}
        latest.archived_at
    {%- endif -%}
{%- endmacro %}
