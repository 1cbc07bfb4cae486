{#- Post-hook of what hangs from messages: when its message was first archived may have changed
    without a new page that tells these rows (an older export, or a page of the API that does
    not show them). `told_page_id` is the message's column of the page that does. -#}
{% macro follow_archived_at(messages, told_page_id) -%}
    {%- if is_building() and not flags.EMPTY and not pinned_range().starts_over -%}
    {%- set range = pinned_range() -%}
    update {{ this }} as stored
    set archived_at = messages.archived_at
    from {{ messages }} as messages
    where
        stored.channel_id = messages.channel_id
        and stored.message_id = messages.message_id
        and stored.archived_at <> messages.archived_at
        and messages.page_id > {{ range.low }}
        and messages.page_id <= {{ range.high }}
        and messages.{{ told_page_id }} <= {{ range.low }}
    {%- endif -%}
{%- endmacro %}
