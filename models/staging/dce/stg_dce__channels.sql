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

own as (

    select
        channel_id,
        guild_id,
        parent_id,
        type_text,
        -- a direct message has no name of its own: there it is the other one's
        case when coalesce(type, 0) != 1 then name end as name,
        topic,
        icon,
        file_hash,
        type,
        false as is_parent,
        has_parent_told,
        has_topic_told,
        exported_at,
        page_id

    from renamed

),

parents as (

    select
        renamed.parent_id as channel_id,
        renamed.guild_id,
        null::bigint as parent_id,
        null as type_text,
        renamed.parent_name as name,
        null as topic,
        null as icon,
        renamed.file_hash,
        case when not channel_types.is_thread then 4 end as type,
        true as is_parent,
        false as has_parent_told,
        false as has_topic_told,
        renamed.exported_at,
        renamed.page_id

    from renamed

    left join channel_types
        on renamed.type = channel_types.type

    where renamed.parent_id is not null

),

shown as (

    select * from own
    union all
    select * from parents

)

-- an export without a clock of its own is as old as the channel, for all that its head tells
select
    *,
    coalesce(exported_at, {{ snowflake_to_timestamp('channel_id') }}) as observed_at

from shown
