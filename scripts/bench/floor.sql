-- The least that any build has to do: each message of each page once, by plain casts that
-- a single bad value would break, with no key, no order and no second observation.
create table bench.floor as
select
    (message ->> 'id')::bigint as message_id,
    pages.channel_id,
    pages.guild_id,
    (message -> 'author' ->> 'id')::bigint as author_id,
    (message ->> 'webhook_id')::bigint as webhook_id,
    (message -> 'message_reference' ->> 'message_id')::bigint as referenced_message_id,
    array(
        select (mention ->> 'id')::bigint
        from jsonb_array_elements(message -> 'mentions') as mention
    ) as mentioned_user_ids,
    array(
        select mention::bigint
        from jsonb_array_elements_text(message -> 'mention_roles') as mention
    ) as mentioned_role_ids,
    (message ->> 'type')::integer as type,
    (message ->> 'flags')::bigint as flags,
    (message ->> 'pinned')::boolean as is_pinned,
    (message -> 'author' ->> 'bot')::boolean as is_automated,
    pages.has_message_content,
    (message ->> 'timestamp')::timestamptz as created_at,
    (message ->> 'edited_timestamp')::timestamptz as edited_at,
    message ->> 'content' as content,
    message -> 'embeds' as embeds,
    message -> 'components' as components,
    message -> 'poll' as poll,
    pages.page_id,
    pages.fetched_at
from landing.messages as pages
cross join lateral jsonb_array_elements(pages.body) as message
