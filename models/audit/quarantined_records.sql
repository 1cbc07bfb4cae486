-- Whoever may not read landing may not read its records through this view either.
{{
    config(
        materialized='view',
        post_hook='alter view {{ this }} set (security_invoker = true)'
    )
}}

with

untyped_elements as (

    select * from {{ ref('untyped_elements') }}

),

pages as (

    select * from {{ source('dce', 'dce_messages') }}

),

files as (

    select * from {{ source('dce', 'dce_files') }}

),

records as (

    select
        pages.file_id,
        files.path,
        untyped_elements.resource,
        untyped_elements.path as element_path,
        untyped_elements.reason,
        untyped_elements.page_id,
        untyped_elements.ordinal,
        pages.first_ordinal + untyped_elements.ordinal - 1 as file_ordinal,
        jsonb_path_query_first(
            pages.body, '$[$place]', jsonb_build_object('place', untyped_elements.ordinal - 1)
        ) as raw

    from untyped_elements

    inner join pages
        on untyped_elements.page_id = pages.page_id

    inner join files
        on pages.file_id = files.page_id

)

select
    file_id,
    path,
    file_ordinal,
    resource,
    element_path,
    reason,
    raw,
    page_id,
    ordinal

from records
