{{ config(materialized='view') }}

select
    emojis.emoji_id,
    emojis.page_id,
    {{ raw_element('emojis', 'emojis') }} as raw

from {{ ref('emojis') }} as emojis
