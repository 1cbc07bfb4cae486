{{ config(materialized='view') }}

select
    members.guild_id,
    members.user_id,
    members.page_id,
    {{ raw_element('members', 'members', route='guild_id') }} as raw

from {{ ref('members') }} as members
