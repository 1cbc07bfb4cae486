{{ config(severity='warn') }}

-- Rows: elements of pages that have no typed row. They stop nothing, but deserve a look.
select
    resource,
    page_id,
    ordinal,
    path,
    reason

from {{ ref('untyped_elements') }}
