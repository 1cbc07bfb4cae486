{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'mentioned_id'}
    )
}}

with

touched as (

    select * from {{ ref('messages') }}

    where {{ is_new_page() }}

),

latest as (

    select distinct on (touched.channel_id, touched.message_id, mention.type, mention.mentioned_id)
        touched.channel_id,
        touched.message_id,
        mention.type,
        mention.mentioned_id,
        touched.page_id,
        touched.ordinal,
        touched.observed_at

    from touched

    {{ 'left' if is_incremental() else 'inner' }} join
        lateral (
            select
                'user' as type,
                unnest(touched.mentioned_user_ids) as mentioned_id

            union all

            select
                'role' as type,
                unnest(touched.mentioned_role_ids) as mentioned_id

            union all

            select
                'channel' as type,
                {{ typed('element.value', 'id', 'bigint') }} as mentioned_id
            from {{ json_elements('touched.mentioned_channels') }} as element
        ) as mention
        on mention.mentioned_id is not null

    order by
        touched.channel_id asc, touched.message_id asc, mention.type asc, mention.mentioned_id asc

)

select * from latest
