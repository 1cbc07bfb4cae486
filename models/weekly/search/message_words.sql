{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        indexes=[{'columns': ['words'], 'type': 'gin'}],
        post_hook="{{ index_substrings(ref('messages')) }}",
        meta={'place': 'channel_id', 'child_key': 'words'}
    )
}}

-- A message that lost its text is named, too: its words have to go.
-- "simple": communities write in many languages, often in several at once, and endings
-- taken off for one of them would hide words of another
select
    channel_id,
    message_id,
    guild_id,
    author_id,
    -- no message of Discord's is nearly as long; an export that is none of its may have one,
    -- and words have a limit of a megabyte
    to_tsvector('simple', nullif(left(content, 100000), '')) as words

from {{ ref('messages') }}

where
    {{ is_new_page() }}
    and {{ 'true' if is_incremental() else "content != ''" }}
