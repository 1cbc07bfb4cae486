{#- When an entity was first archived: what is stored says so, else the first of the new
    observations. The model's CTE `latest` has one row an entity, with archived_at as of
    the new ones. Where `latest` has a column `source`, an entity is first archived by the
    source that its row is of; and exports come in any order, so that theirs is the least. -#}
{% macro archived_at(has_source=false) -%}
    {%- if adds_rows() -%}
        {%- set stored_at -%}
            (
                select stored.archived_at from {{ this }} as stored
                where
                    {% for key in unique_keys() -%}
                        stored.{{ key }} = latest.{{ key }}{{ ' and ' if not loop.last }}
                    {%- endfor %}
                    {{ 'and stored.source = latest.source' if has_source }}
            )
        {%- endset -%}
        {%- if has_source -%}
        case
            when latest.source = 'dce' then least({{ stored_at }}, latest.archived_at)
            else coalesce({{ stored_at }}, latest.archived_at)
        end
        {%- else -%}
        coalesce({{ stored_at }}, latest.archived_at)
        {%- endif -%}
    {%- else -%}
        latest.archived_at
    {%- endif -%}
{%- endmacro %}
