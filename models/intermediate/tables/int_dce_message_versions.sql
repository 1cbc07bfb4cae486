{{
    config(
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'reads': 'dce_messages'}
    )
}}

{%- set read = [
    'channel_id', 'message_id', 'content', 'is_content_formatted', 'edited_at', 'page_id',
    'ordinal', 'observed_at', 'exported_at', 'file_hash', 'file_ordinal'
] %}

with

{{ exported_observations(read | join(', ')) }},

-- what shows the same edit, or that there was none yet, shows the same text
dated as (

    select
        *,
        coalesce(edited_at, {{ snowflake_to_timestamp('message_id') }}) as valid_from

    from observations

    where content is not null

),

compared as (

    select
        *,
        first_value(is_content_formatted) over (
            partition by channel_id, message_id, valid_from
            order by {{ newest_export_first() }}
        ) as is_newest_formatted

    from dated

)

-- names in place of mentions and emoji (formatted) never replace the text as it was written
select distinct on (channel_id, message_id, valid_from)
    channel_id,
    message_id,
    valid_from,
    content,
    is_content_formatted,
    edited_at,
    page_id,
    ordinal,
    observed_at

from compared

order by
    channel_id asc,
    message_id asc,
    valid_from asc,
    coalesce(is_newest_formatted and not is_content_formatted, false) desc,
    {{ newest_export_first() }}
