{{
    config(
        unique_key=['guild_id', 'user_id', 'nick_hash'],
        meta={'place': 'reference'}
    )
}}

with

new_members as (

    select * from {{ ref('stg_discord__members') }}

    where
        {{ is_new_page() }}
        and guild_id is not null
        and user_id is not null
        and nick is not null

),

-- a nickname can be too long for an index
new_names as (

    select
        guild_id,
        user_id,
        nick,
        md5(nick)::uuid as nick_hash,
        min(page_id) as first_page_id,
        max(page_id) as page_id,
        (array_agg(fetched_at order by page_id asc))[1] as first_seen_at,
        (array_agg(fetched_at order by page_id desc))[1] as last_seen_at

    from new_members

    group by
        guild_id,
        user_id,
        nick

)

select
    new_names.guild_id,
    new_names.user_id,
    new_names.nick_hash,
    new_names.nick,
    {% if is_incremental() -%}
    coalesce(stored.first_seen_at, new_names.first_seen_at) as first_seen_at,
    {% else -%}
    new_names.first_seen_at,
    {% endif -%}
    new_names.last_seen_at,
    {% if is_incremental() -%}
    coalesce(stored.first_page_id, new_names.first_page_id) as first_page_id,
    {% else -%}
    new_names.first_page_id,
    {% endif -%}
    new_names.page_id

from new_names
{% if is_incremental() %}

left join {{ this }} as stored
    on
        new_names.guild_id = stored.guild_id
        and new_names.user_id = stored.user_id
        and new_names.nick_hash = stored.nick_hash
{% endif %}
