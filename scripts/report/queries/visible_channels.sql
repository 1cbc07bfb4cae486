-- Channels that all readers of the report may see, and whether they may be quoted from: not
-- where there is an age limit, nor where Discord shows nothing any more. An archive that
-- holds nothing but exports knows no permissions: there, all channels count as visible but
-- private threads, which are told by their type.
with

channels as (

    select
        channels.channel_id,
        channels.audience,
        channels.audience != 'unknown'
        and (
            channels.type_name is distinct from 'private_thread'
            or channels.is_hidden is true
        ) as is_audience_known,
        channels.is_nsfw is not true
        and parents.is_nsfw is not true
        and channels.is_deleted is not true
        and parents.is_deleted is not true as is_quotable

    from discord.channels as channels

    left join discord.channels as parents
        on channels.parent_id = parents.channel_id

    where channels.guild_id = %(guild_id)s

),

known as (

    select coalesce(bool_or(is_audience_known), false) as is_audience_known

    from channels

)

select
    channels.channel_id,
    channels.is_quotable,
    known.is_audience_known

from channels

cross join known

where
    channels.audience = any(%(audiences)s)
    or (channels.audience = 'unknown' and not known.is_audience_known)

order by channels.channel_id
