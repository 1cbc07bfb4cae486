{{ config(materialized='view') }}

select
    poll_voters.channel_id,
    poll_voters.message_id,
    poll_voters.answer_id,
    poll_voters.user_id,
    poll_voters.page_id,
    {{ raw_element('poll_voters', 'poll_voters', elements="body -> 'users'", route='channel_id') }}
        as raw

from {{ ref('poll_voters') }} as poll_voters
