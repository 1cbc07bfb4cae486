{{
    config(
        materialized='incremental',
        on_schema_change='fail',
        contract={'enforced': true},
        post_hook=['{{ place() }}', '{{ analyze_anew() }}', '{{ advance_build_state() }}'],
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id'}
    )
}}

{%- set newest_first = 'order by ' ~ newest_export_first() %}
{%- set columns = [
    'content', 'is_content_formatted', 'edited_at', 'page_id', 'ordinal', 'observed_at'
] %}

with

{{ exported_observations(
    'channel_id, message_id, exported_at, file_hash, file_ordinal, ' ~ columns | join(', ')
) }},

-- what shows the same edit, or that there was none yet, shows the same text
folded as (

    select
        channel_id,
        message_id,
        coalesce(edited_at, {{ snowflake_to_timestamp('message_id') }}) as valid_from,
        {% for column in columns -%}
        (array_agg({{ column }} {{ newest_first }}))[1] as newest_{{ column }},
        (array_agg({{ column }} {{ newest_first }}) filter (where not is_content_formatted))[1]
            as raw_{{ column }}
        {{- ',' if not loop.last }}
        {% endfor %}

    from observations

    where content is not null

    group by
        channel_id,
        message_id,
        coalesce(edited_at, {{ snowflake_to_timestamp('message_id') }})

)

-- names in place of mentions and emoji (formatted) never replace the text as it was written
select
    channel_id,
    message_id,
    valid_from,
    {% for column in columns -%}
    case
        when newest_is_content_formatted and raw_page_id is not null then raw_{{ column }}
        else newest_{{ column }}
    end as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor %}

from folded
