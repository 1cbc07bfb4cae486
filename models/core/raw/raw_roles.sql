{{ config(materialized='view') }}

select
    roles.role_id,
    roles.page_id,
    {{ raw_element('roles', 'roles') }} as raw

from {{ ref('roles') }} as roles
