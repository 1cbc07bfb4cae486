{{ config(materialized='view') }}

select
    invites.code,
    invites.page_id,
    {{ raw_element('invites', 'invites') }} as raw

from {{ ref('invites') }} as invites
