-- Messages of exports in Discord's terms. What an export does not tell is null: flags,
-- roles and channels mentioned, polls, components.
with

elements as (

    select
        *,
        message -> 'author' as author,
        message -> 'reference' as reference,
        message -> 'interaction' as interaction,
        message -> 'forwardedMessage' as forwarded,
        {{ typed('message', 'id', 'bigint') }} as written_id,
        {{ typed('message', 'timestamp', 'timestamptz') }} as written_at,
        {{ typed('message', 'timestampEdited', 'timestamptz') }} as edited_at,
        {{ dce_number("message ->> 'type'", {
            0: 'Default', 1: 'RecipientAdd', 2: 'RecipientRemove', 3: 'Call',
            4: 'ChannelNameChange', 5: 'ChannelIconChange', 6: 'ChannelPinnedMessage',
            7: 'GuildMemberJoin', 18: 'ThreadCreated', 19: 'Reply'
        }) }} as type,
        concat_ws(' ', message ->> 'content', message #>> '{forwardedMessage,content}')
        ~ '<(@|#|:|a:|t:)' as has_markup,
        message -> 'mentions' -> 0 is not null
        or jsonb_path_exists(message, '$.inlineEmojis[*].id ? (@ != "" && @ != null)')
            as must_have_markup

    from {{ ref('base_dce__messages') }}

),

renamed as (

    select
        ---------- ids
        -- an id says when it was made: where the record says otherwise, one of them is wrong
        case
            when
                written_id > 0
                and (
                    written_at is null
                    or abs(extract(
                        epoch from written_at - {{ snowflake_to_timestamp('written_id') }}
                    )) <= 1
                )
                then written_id
        end as message_id,
        -- none of Discord's is less: the importer has no id of those either
        case when written_id > 0 then written_id end as written_id,
        channel_id,
        guild_id,
        {{ typed('author', 'id', 'bigint') }} as author_id,
        case when {{ is_dce_disguise('author') }} then {{ typed('author', 'id', 'bigint') }} end
            as webhook_id,
        {{ typed('reference', 'messageId', 'bigint') }} as referenced_message_id,
        case
            when jsonb_typeof(message -> 'mentions') = 'array'
                then {{ id_array("message -> 'mentions'", 'id') }}
        end as mentioned_user_ids,

        ---------- strings
        case when {{ is_dce_disguise('author') }} then {{ typed('author', 'name', 'text') }} end
            as webhook_name,
        -- of messages of the system, the exporter writes English sentences of its own
        case
            when type between 1 and 7 or type = 18 then null
            else {{ typed('message', 'content', 'text') }}
        end as content,
        message ->> 'type' as written_type,

        ---------- numerics
        type,

        ---------- booleans
        {{ typed('message', 'isPinned', 'boolean') }} as is_pinned,
        coalesce({{ typed('author', 'isBot', 'boolean') }}, false) as is_automated,
        message != 'null' as is_readable,
        -- nothing says whether mentions and emoji were replaced by names; null: cannot be told,
        -- and mostly makes no difference
        case
            when has_markup then false
            when must_have_markup then true
        end as is_content_formatted,

        ---------- timestamps
        edited_at,
        {{ dce_observed_at('message', 'exported_at', 'channel_id') }} as observed_at,

        ---------- objects
        case
            when jsonb_typeof(reference) = 'object'
                then jsonb_strip_nulls(jsonb_build_object(
                    'type', case reference ->> 'type'
                        when 'Forward' then 1
                        when 'Default' then 0
                    end,
                    'message_id', reference ->> 'messageId',
                    'channel_id', reference ->> 'channelId',
                    'guild_id', reference ->> 'guildId'
                ))
        end as message_reference,
        {{ dce_stickers("message -> 'stickers'") }} as sticker_items,
        case
            when jsonb_typeof(interaction) = 'object'
                then jsonb_build_object(
                    'id', interaction -> 'id',
                    'name', interaction -> 'name',
                    'user', jsonb_build_object(
                        'id', interaction #> '{user,id}',
                        'username', interaction #> '{user,name}'
                    )
                )
        end as interaction,
        case
            when message ->> 'callEndedTimestamp' is not null
                then jsonb_build_object('ended_timestamp', message -> 'callEndedTimestamp')
        end as call,
        {{ dce_embeds("message -> 'embeds'") }} as embeds,
        case
            when jsonb_typeof(forwarded) = 'object'
                then jsonb_build_array(jsonb_build_object(
                    'message', jsonb_build_object(
                        'content', forwarded -> 'content',
                        'timestamp', forwarded -> 'timestamp',
                        'edited_timestamp', forwarded -> 'timestampEdited',
                        'attachments', {{ dce_files("forwarded -> 'attachments'") }},
                        'embeds', {{ dce_embeds("forwarded -> 'embeds'") }},
                        'sticker_items', {{ dce_stickers("forwarded -> 'stickers'") }}
                    )
                ))
        end as message_snapshots,

        ---------- lineage
        page_id,
        ordinal,
        file_id,
        file_ordinal,
        exported_at,
        file_hash

    from elements

)

select * from renamed
