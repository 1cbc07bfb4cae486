{{ config(materialized='view') }}

select
    stickers.sticker_id,
    stickers.page_id,
    {{ raw_element('stickers', 'stickers') }} as raw

from {{ ref('stickers') }} as stickers
