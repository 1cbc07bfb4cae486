{#- The raw JSON of an entity's row, looked up by the page and the place on it that the row
    names: whoever reads one row reads one page. `row` is the alias of the row, `resource`
    the landing table, `elements` where its pages hold the elements, `route` the column of
    the row that equals the page's route_id, where there is one. Null if that table does not
    hold the page, so that what comes from several is the coalesce() of each. -#}
{% macro raw_element(row, resource, elements='body', route=none, origin='discord') -%}
    (
        select
            -- lax as json_array() is: an object counts as an array of one
            jsonb_path_query_first(
                {{ elements }},
                '$[$place]',
                jsonb_build_object('place', {{ row }}.ordinal - 1)
            )
        from {{ source(origin, resource) }} as page
        where
            page.page_id = {{ row }}.page_id
            {% if route -%}
                and page.route_id = {{ row }}.{{ route }}
            {% endif -%}
    )
{%- endmacro %}
