{{ config(materialized='view') }}

select
    roles.role_id,
    roles.page_id,
    coalesce(
        {{ raw_element('roles', 'roles') }},
        (
            select
                jsonb_path_query_first(
                    page.body,
                    '$[$place].**.roles[*] ? (@.id == $id)',
                    jsonb_build_object('place', roles.ordinal - 1, 'id', roles.role_id::text)
                )
            from {{ source('dce', 'dce_messages') }} as page
            where page.page_id = roles.page_id
        )
    ) as raw

from {{ ref('roles') }} as roles
