{#- Post-hook of a model with the columns is_deleted, deleted_after, deleted_before and
    deletion_page_id: what a later page must have shown, and did not, is deleted. `coverage`
    is a model of the ids (low_id, high_id] that a page shows without a gap, within `unit`
    (columns that both have); `key` is what those ids are, and none where the whole unit is
    covered. What is seen again is written anew by its model, and so alive.
    `api_page_id` is the column of the last page that shows a row, of a model whose rows may
    come from exports, too (its column `source` says so): those have no place in the order of
    pages, so that by the clocks a page has to be later. -#}
{% macro mark_deleted(coverage, unit, key=none, resource=none, api_page_id=none) -%}
    {%- set covered = ref(coverage) -%}
    {%- if is_building() and not flags.EMPTY -%}
    {%- set range = pinned_range() -%}
    {%- set low = 0 if range.starts_over else range.low -%}
    {%- set row = unique_keys() -%}
    update {{ this }} as stored
    set
        is_deleted = true,
        deleted_after = gone.deleted_after,
        deleted_before = gone.deleted_before,
        deletion_page_id = gone.deletion_page_id
    from (
        select distinct on ({{ row | join(', ') }})
            {% for column in row -%}
                shown.{{ column }},
            {% endfor -%}
            shown.observed_at as deleted_after,
            coverage.observed_at as deleted_before,
            coverage.page_id as deletion_page_id
        from (
            select * from {{ covered }}
            where page_id > {{ low }} and page_id <= {{ range.high }}
            {%- if api_page_id and has_new_exports(low, range.high) %}
            union all
            select known.*
            from {{ covered }} as known
            inner join (
                select distinct {{ unit | join(', ') }} from {{ this }}
                where source = 'dce' and page_id > {{ low }} and page_id <= {{ range.high }}
            ) as imported
                using ({{ unit | join(', ') }})
            where known.page_id <= {{ low }}
            {%- endif %}
        ) as coverage
        cross join
            lateral (
                select {{ row | join(', ') }}, observed_at
                from {{ this }} as present
                where
                    {% for column in unit -%}
                        present.{{ column }} = coverage.{{ column }} and
                    {% endfor -%}
                    {% if key -%}
                        present.{{ key }} > coverage.low_id
                        and present.{{ key }} <= coverage.high_id and
                    {% endif -%}
                    {% if api_page_id -%}
                        case
                            when present.source = 'dce'
                                then present.observed_at < coverage.observed_at
                            else present.{{ api_page_id }} < coverage.page_id
                        end
                    {%- else -%}
                        present.page_id < coverage.page_id
                    {%- endif %}
                    and not present.is_deleted
                offset 0 -- looked up page by page: joined as a whole, it would be read whole
            ) as shown
        {% if resource -%}
            where coverage.resource = '{{ resource }}'
        {% endif -%}
        order by {{ row | join(', ') }}, coverage.page_id asc
    ) as gone
    where
        {% for column in row -%}
            stored.{{ column }} = gone.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
