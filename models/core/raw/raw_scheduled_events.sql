{{ config(materialized='view') }}

select
    scheduled_events.event_id,
    scheduled_events.page_id,
    {{ raw_element('scheduled_events', 'scheduled_events') }} as raw

from {{ ref('scheduled_events') }} as scheduled_events
