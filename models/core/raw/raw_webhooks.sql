{{ config(materialized='view') }}

select
    webhooks.webhook_id,
    webhooks.page_id,
    {{ raw_element('webhooks', 'webhooks') }} as raw

from {{ ref('webhooks') }} as webhooks
