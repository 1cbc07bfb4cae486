-- What was said in a channel, in order, with what is known of edits and deletions.
with

messages as (

    select * from {{ ref('messages') }}

    where
        channel_id = {{ parameter('channel_id', 'bigint') }}
        and {{ is_posted_within('message_id') }}

),

users as (

    select * from {{ ref('users') }}

),

versions as (

    select * from {{ ref('message_versions') }}

)

select
    messages.created_at,
    coalesce(users.global_name, users.username, messages.webhook_name) as author,
    messages.content,
    messages.type_name,
    messages.referenced_message_id as replies_to,
    messages.edited_at,
    (
        select count(*) from versions
        where
            messages.channel_id = versions.channel_id
            and messages.message_id = versions.message_id
    ) as version_count,
    messages.is_deleted,
    messages.deleted_after,
    messages.deleted_before,
    messages.message_id

from messages

left join users
    on messages.author_id = users.user_id

order by messages.message_id asc

limit {{ parameter('limit', 'bigint') }}
