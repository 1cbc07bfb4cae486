select
    guilds.guild_id,
    guilds.name,
    guilds.description,
    guilds.created_at

from {{ ref('guilds') }} as guilds

where guilds.guild_id in (select channels.guild_id from {{ ref('public_channels') }} as channels)
