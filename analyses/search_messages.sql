-- By words, or (with --substring, and where words have no spaces between them) by what a
-- message contains.
{%- set text = parameter('text', 'text') %}
{%- set is_by_substring -%}
(coalesce({{ parameter('substring', 'boolean') }}, false) or {{ is_unspaced(text) }})
{%- endset %}

with

message_words as not materialized (

    select * from {{ ref('message_words') }}

),

messages as not materialized (

    select * from {{ ref('messages') }}

),

channels as (

    select * from {{ ref('channels') }}

),

users as (

    select * from {{ ref('users') }}

),

-- of words that very many messages have, the newest are ranked
newest_with_words as (

    select
        channel_id,
        message_id,
        words

    from message_words

    where
        not {{ is_by_substring }}
        and words @@ websearch_to_tsquery('simple', {{ text }})
        and {{ is_asked_for('guild_id') }}
        and {{ is_asked_for('channel_id') }}
        and {{ is_asked_for('author_id') }}
        and {{ is_posted_within('message_id') }}

    order by message_id desc

    limit 20000

),

newest_with_substring as (

    select
        channel_id,
        message_id

    from messages

    where
        {{ is_by_substring }}
        and content ilike {{ substring_pattern(text) }}
        and {{ is_asked_for('guild_id') }}
        and {{ is_asked_for('channel_id') }}
        and {{ is_asked_for('author_id') }}
        and {{ is_posted_within('message_id') }}

    order by message_id desc

    limit {{ parameter('limit', 'bigint') }}

),

found as (

    select
        channel_id,
        message_id,
        ts_rank_cd(words, websearch_to_tsquery('simple', {{ text }})) as rank

    from newest_with_words

    union all

    select
        channel_id,
        message_id,
        null as rank

    from newest_with_substring

),

best as (

    select * from found

    order by
        rank desc nulls last,
        message_id desc

    limit {{ parameter('limit', 'bigint') }}

)

select
    messages.created_at,
    channels.name as channel,
    coalesce(users.global_name, users.username, messages.webhook_name) as author,
    messages.content,
    messages.is_deleted,
    round(best.rank::numeric, 4) as rank,
    'https://discord.com/channels/' || coalesce(messages.guild_id::text, '@me')
    || '/' || messages.channel_id || '/' || messages.message_id as link

from best

inner join messages
    on
        best.channel_id = messages.channel_id
        and best.message_id = messages.message_id

left join channels
    on messages.channel_id = channels.channel_id

left join users
    on messages.author_id = users.user_id

order by
    best.rank desc nulls last,
    best.message_id desc
