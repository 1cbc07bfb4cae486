{{ config(materialized='view') }}

select
    guilds.guild_id,
    guilds.page_id,
    coalesce(
        {{ raw_element('guilds', 'guilds') }},
        (
            select file.body -> 'guild' from {{ source('dce', 'dce_files') }} as file
            where file.page_id = guilds.page_id
        )
    ) as raw

from {{ ref('guilds') }} as guilds
