{{
    config(
        incremental_strategy='replace_children',
        unique_key=['channel_id', 'message_id'],
        post_hook="{{ follow_archived_at(ref('messages'), 'listed_page_id') }}",
        meta={'place': 'channel_id', 'child_key': 'emoji_key'}
    )
}}

with

observed as (

    select * from {{ ref('int_reactions') }}

    where
        {{ is_new_page() }}
        and emoji_key is not null

),

-- the messages of which a new page tells all reactions, or that there are none
touched as (

    select
        channel_id,
        message_id,
        listed_page_id,
        archived_at

    from {{ ref('messages') }}

    where
        {{ is_new_page() }}
        and {{ is_new_page('listed_page_id') }}

),

-- one emoji twice in one message has not been seen; if it comes, it must not stop a build
latest as (

    select distinct on (touched.channel_id, touched.message_id, observed.emoji_key)
        touched.channel_id,
        touched.message_id,
        observed.emoji_key,
        observed.emoji_id,
        observed.emoji_name,
        observed.is_animated,
        observed.count,
        observed.normal_count,
        observed.burst_count,
        observed.burst_colors,
        observed.source,
        observed.page_id,
        observed.ordinal,
        touched.archived_at,
        observed.observed_at

    from touched

    {{ join_observed('listed_page_id') }}

    order by
        touched.channel_id asc, touched.message_id asc, observed.emoji_key asc,
        observed.ordinal desc, observed.reaction_ordinal desc

)

select * from latest
