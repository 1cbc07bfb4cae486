-- A message of which only the type is unknown has its row all the same.
with

messages as (

    select * from {{ ref('stg_dce__messages') }}

),

reactions as (

    select * from {{ ref('stg_dce__reactions') }}

),

attachments as (

    select * from {{ ref('stg_dce__attachments') }}

),

users as (

    select * from {{ ref('stg_dce__users') }}

)

select
    'dce_messages' as resource,
    page_id,
    ordinal,
    '' as path,
    case
        when not is_readable then 'the record is no JSON that jsonb can hold: its text is in raw'
        when written_id is null then 'id is not a Discord id'
        else 'id and timestamp tell of different times'
    end as reason

from messages

where message_id is null

union all

select
    'dce_messages' as resource,
    page_id,
    ordinal,
    'type' as path,
    'type has a name that is not known' as reason

from messages

where
    type is null
    and written_type is not null

union all

select
    'dce_reactions' as resource,
    page_id,
    ordinal,
    'reactions/' || reaction_ordinal as path,
    'the emoji has neither an id nor a name of at most 200 bytes' as reason

from reactions

where emoji_key is null

union all

select
    'dce_attachments' as resource,
    page_id,
    ordinal,
    origin || '/' || place as path,
    'id is not a Discord id' as reason

from attachments

where attachment_id is null

union all

select
    'dce_users' as resource,
    page_id,
    ordinal,
    path,
    'id is not a Discord id' as reason

from users

where user_id is null
