{{ config(materialized='view') }}

select
    bans.guild_id,
    bans.user_id,
    bans.page_id,
    {{ raw_element('bans', 'bans') }} as raw

from {{ ref('bans') }} as bans
