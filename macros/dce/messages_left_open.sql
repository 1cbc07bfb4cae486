{#- Of stored messages what the API has left open (text it may not show, reactions that lists of
    pins do not show) and an export in the CTE new_exports may fill, as a query with the columns
    of from_api. -#}
{% macro messages_left_open(api_columns, content_columns) -%}
    select
        {% for column in api_columns -%}
        stored.{{ column }},
        {% endfor -%}
        {% for column in content_columns -%}
        case when stored.content_source = 'api' then stored.{{ column }} end as {{ column }},
        {% endfor -%}
        coalesce(stored.content_source = 'api', false) as has_message_content,
        stored.is_deleted,
        stored.deleted_after,
        stored.deleted_before,
        stored.deletion_page_id,
        stored.api_page_id,
        stored.api_ordinal,
        case when stored.reaction_source = 'api' then stored.listed_page_id end
            as listed_page_id,
        stored.archived_at,
        stored.observed_at

    from new_exports

    cross join
        lateral (
            select known.*
            from {{ this }} as known
            where
                new_exports.channel_id = known.channel_id
                and new_exports.message_id = known.message_id
                and known.source = 'api'
                and (
                    known.content_source is distinct from 'api'
                    or known.reaction_source is distinct from 'api'
                )
            offset 0
        ) as stored

    where {{ is_in_no_new_page('new_exports') }}
{%- endmacro %}
