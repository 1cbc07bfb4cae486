{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        meta={'place': 'channel_id', 'child_key': 'mentioned_id'}
    )
}}

with

-- read four times: materialized, all of a full refresh would be written down before
touched as not materialized (

    select * from {{ ref('messages') }}

    where {{ is_new_page() }}

),

mentioned as (

    select
        touched.channel_id,
        touched.message_id,
        'user' as type,
        mention.mentioned_id

    from touched

    cross join lateral unnest(touched.mentioned_user_ids) as mention (mentioned_id)

    union all

    select
        touched.channel_id,
        touched.message_id,
        'role' as type,
        mention.mentioned_id

    from touched

    cross join lateral unnest(touched.mentioned_role_ids) as mention (mentioned_id)

    union all

    select
        touched.channel_id,
        touched.message_id,
        'channel' as type,
        {{ typed('element.value', 'id', 'bigint') }} as mentioned_id

    from touched

    cross join lateral {{ json_elements('touched.mentioned_channels') }} as element

    where {{ typed('element.value', 'id', 'bigint') }} is not null

),

latest as (

    select distinct on (
        touched.channel_id, touched.message_id, mentioned.type, mentioned.mentioned_id
    )
        touched.channel_id,
        touched.message_id,
        mentioned.type,
        mentioned.mentioned_id,
        touched.page_id,
        touched.ordinal,
        touched.observed_at

    from touched

    {{ 'full' if is_incremental() else 'inner' }} join mentioned
        on
            touched.channel_id = mentioned.channel_id
            and touched.message_id = mentioned.message_id

    {% if is_incremental() %}
    -- a full join, because a left one may read one side again for every row of the other
    -- where the planner does not know yet how much a build has brought
    where coalesce(touched.message_id, 0) > 0
    {% endif %}

    order by
        touched.channel_id asc, touched.message_id asc, mentioned.type asc,
        mentioned.mentioned_id asc

)

select * from latest
