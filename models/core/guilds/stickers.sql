{{
    config(
        unique_key='sticker_id',
        post_hook="{{ mark_deleted('int_lists_covered', ['guild_id'], 'sticker_id', resource='stickers') }}",
        meta={'place': 'reference'}
    )
}}

with

sticker_format_types as (

    select * from {{ ref('sticker_format_types') }}

),

new_stickers as (

    select * from {{ ref('stg_discord__stickers') }}

    where
        {{ is_new_page() }}
        and sticker_id is not null

),

latest as (

    select distinct on (sticker_id)
        *,
        first_value(fetched_at) over (
            partition by sticker_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_stickers

    order by sticker_id asc, page_id desc, ordinal desc

),

named as (

    select
        latest.sticker_id,
        latest.guild_id,
        latest.pack_id,
        latest.name,
        latest.description,
        latest.tags,
        latest.type,
        latest.format_type,
        sticker_format_types.name as format_type_name,
        latest.sort_value,
        latest.user_id,
        latest.is_available,
        {{ snowflake_to_timestamp('latest.sticker_id') }} as created_at,
        {{ not_deleted() }},
        latest.page_id,
        latest.ordinal,
        {{ archived_at() }} as archived_at,
        latest.fetched_at as observed_at

    from latest

    left join sticker_format_types
        on latest.format_type = sticker_format_types.type

)

select * from named
