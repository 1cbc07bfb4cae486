{{ config(severity='warn', tags=['full_check']) }}

-- Rows: properties and values that this version does not know. They are kept, and stop nothing.
select
    entity,
    property,
    value,
    element_count,
    last_page_id

from {{ ref('unknowns') }}
