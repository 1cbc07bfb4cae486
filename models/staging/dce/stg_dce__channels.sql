-- The head of an export tells of its channel, and of that one's parent: the channel of a
-- thread, or the category of any other. Channels without a parent have labels for one.
with

files as (

    select * from {{ ref('stg_dce__files') }}

),

channel_types as (

    select * from {{ ref('channel_types') }}

),

renamed as (

    select
        ---------- ids
        channel_id,
        guild_id,
        nullif({{ typed('channel', 'categoryId', 'bigint') }}, 0) as parent_id,

        ---------- strings
        channel ->> 'type' as type_text,
        nullif(nullif(channel ->> 'name', ''), channel_id::text) as name,
        channel ->> 'topic' as topic,
        substring(
            channel ->> 'iconUrl' from '^https?://[^/]+/channel-icons/[0-9]+/([0-9a-z_]+)[.]'
        ) as icon,
        nullif(nullif(channel ->> 'category', ''), '<unknown category>') as parent_name,
        file_hash,

        ---------- numerics
        {{ dce_number("channel ->> 'type'", {
            0: 'GuildTextChat', 1: 'DirectTextChat', 2: 'GuildVoiceChat', 3: 'DirectGroupTextChat',
            4: 'GuildCategory', 5: 'GuildNews', 6: 'GuildStore', 10: 'GuildNewsThread',
            11: 'GuildPublicThread', 12: 'GuildPrivateThread', 13: 'GuildStageVoice',
            14: 'GuildDirectory', 15: 'GuildForum'
        }) }} as type,

        ---------- booleans
        coalesce(
            channel -> 'categoryId' = 'null'
            or {{ typed('channel', 'categoryId', 'bigint') }} is not null,
            false
        ) as has_parent_told,
        channel ? 'topic' as has_topic_told,

        ---------- timestamps
        exported_at,

        ---------- lineage
        page_id

    from files

),

-- each head twice (in no cte that is read twice: that would be made of all heads)
shown as (

    select
        renamed.guild_id,
        renamed.file_hash,
        side.is_parent,
        renamed.exported_at,
        renamed.page_id,
        case when side.is_parent then renamed.parent_id else renamed.channel_id end as channel_id,
        case when not side.is_parent then renamed.parent_id end as parent_id,
        case
            when side.is_parent then renamed.parent_name
            -- a direct message has no name of its own: there it is the other one's
            when coalesce(renamed.type, 0) != 1 then renamed.name
        end as name,
        case when not side.is_parent then renamed.topic end as topic,
        case when not side.is_parent then renamed.icon end as icon,
        case when not side.is_parent then renamed.type_text end as type_text,
        case
            when not side.is_parent then renamed.type
            when not channel_types.is_thread then 4
        end as type,
        renamed.has_parent_told and not side.is_parent as has_parent_told,
        renamed.has_topic_told and not side.is_parent as has_topic_told

    from renamed

    cross join (values (false), (true)) as side (is_parent)

    left join channel_types
        on renamed.type = channel_types.type

    where
        not side.is_parent
        or renamed.parent_id is not null

)

-- an export without a clock of its own is as old as the channel, for all that its head tells
select
    *,
    coalesce(exported_at, {{ snowflake_to_timestamp('channel_id') }}) as observed_at

from shown
