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

-- What a message mentions twice counts once. (Not "distinct on": to have them sorted, the
-- planner would read all messages.)
mentioned as (

    select distinct
        touched.channel_id,
        touched.message_id,
        mention.type,
        mention.mentioned_id,
        touched.page_id,
        touched.ordinal,
        touched.archived_at,
        touched.observed_at

    from touched

    -- in an incremental build a message without any, too: what it mentioned before has to go
    {{ 'left' if is_incremental() else 'inner' }} join
        lateral (
            select
                'user' as type,
                mentioned.user_id as mentioned_id
            from unnest(touched.mentioned_user_ids) as mentioned (user_id)

            union all

            select
                'role' as type,
                mentioned.role_id as mentioned_id
            from unnest(touched.mentioned_role_ids) as mentioned (role_id)

            union all

            select
                'channel' as type,
                {{ typed('element.value', 'id', 'bigint') }} as mentioned_id
            from {{ json_elements('touched.mentioned_channels') }} as element
            where {{ typed('element.value', 'id', 'bigint') }} is not null
        ) as mention
        on true

)

select * from mentioned
