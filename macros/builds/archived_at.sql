{#- When an entity was first archived: what is stored says so, else the first of the new
    observations. `latest` has one row an entity, with archived_at as of the new ones. -#}
{% macro archived_at(latest, keys) -%}
    {%- if execute and model.resource_type != 'unit_test' and is_incremental() -%}
        coalesce(
            (
                select stored.archived_at from {{ this }} as stored
                where
                    {% for key in keys -%}
                        stored.{{ key }} = {{ latest }}.{{ key }}{{ ' and ' if not loop.last }}
                    {%- endfor %}
            ),
            {{ latest }}.archived_at
        )
    {%- else -%}
        {{ latest }}.archived_at
    {%- endif -%}
{%- endmacro %}
