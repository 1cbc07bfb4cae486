-- What was last shown before a newer export that lies around it and does not show it.
{{ config(materialized='view') }}

with

messages as (

    select * from {{ ref('messages') }}

    where not is_deleted

),

exports as (

    select * from {{ ref('int_dce_messages') }}

),

-- of a file that is still being read, or not built from, it is not known what it shows
files as (

    select * from {{ ref('stg_dce__files') }} as file

    where
        status = 'complete'
        and message_count > 0
        and exported_at is not null
        and not exists (
            select
            from {{ ref('stg_dce__pages') }} as page
            where
                file.file_id = page.file_id
                and page.page_id > {{ read_up_to(ref('int_dce_messages')) }}
        )

),

last_shown as (

    select
        messages.channel_id,
        messages.message_id,
        messages.guild_id,
        messages.created_at,
        greatest(messages.observed_at, exports.observed_at) as last_shown_at

    from messages

    left join exports
        on
            messages.channel_id = exports.channel_id
            and messages.message_id = exports.message_id

)

select
    last_shown.channel_id,
    last_shown.message_id,
    last_shown.guild_id,
    last_shown.last_shown_at,
    min(files.exported_at) as missing_at,
    (array_agg(files.file_id order by files.exported_at asc, files.file_hash asc))[1] as file_id,
    count(*) as export_count

from last_shown

inner join files
    on
        last_shown.channel_id = files.channel_id
        and last_shown.message_id between files.min_message_id and files.max_message_id
        and last_shown.last_shown_at < files.exported_at
        -- an id that is wrong may have widened the file
        and (files.asked_after is null or last_shown.created_at > files.asked_after)
        and (files.asked_before is null or last_shown.created_at < files.asked_before)

group by
    last_shown.channel_id,
    last_shown.message_id,
    last_shown.guild_id,
    last_shown.last_shown_at
