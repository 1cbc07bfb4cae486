{{ config(materialized='view') }}

select
    guilds.guild_id,
    guilds.page_id,
    {{ raw_element('guilds', 'guilds') }} as raw

from {{ ref('guilds') }} as guilds
