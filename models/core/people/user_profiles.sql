-- A guild of millions of messages has some thousands of people, whose profiles seldom change:
-- all that tells about people is made from the few distinct ones.
{{
    config(
        unique_key=['user_id', 'profile_hash'],
        indexes=[{'columns': ['page_id']}],
        meta={'place': 'reference'}
    )
}}

with

fetches as (

    select * from {{ ref('stg_discord__fetches') }}

    where {{ is_new_page() }}

),

-- as text, because jsonb calls 1 and 1.0 equal, which are typed differently
new_profiles as (

    select
        profile::text as profile,
        min(page_id) as first_page_id,
        max(array[page_id, ordinal]) as latest

    from {{ ref('stg_discord__users') }}

    where {{ is_new_page() }}

    group by profile::text

    offset 0 -- what is asked of a profile below is asked once, not on every message

),

identified as (

    select
        first_page_id,
        profile::jsonb as profile,
        latest[1] as page_id,
        latest[2] as ordinal,
        md5(profile)::uuid as profile_hash

    from new_profiles

),

typed as (

    select
        *,
        {{ typed('profile', 'id', 'bigint') }} as user_id,
        {{ typed('profile', 'username', 'text') }} as username,
        {{ typed('profile', 'global_name', 'text') }} as global_name

    from identified

),

dated as (

    select
        typed.user_id,
        typed.profile_hash,
        typed.username,
        typed.global_name,
        typed.profile,
        typed.page_id,
        typed.ordinal,
        {% if is_incremental() -%}
        coalesce(stored.first_page_id, typed.first_page_id) as first_page_id,
        coalesce(stored.archived_at, first_fetches.fetched_at) as archived_at,
        {% else -%}
        typed.first_page_id,
        first_fetches.fetched_at as archived_at,
        {% endif -%}
        fetches.fetched_at as observed_at

    from typed

    left join fetches
        on typed.page_id = fetches.page_id

    left join fetches as first_fetches
        on typed.first_page_id = first_fetches.page_id
    {% if is_incremental() %}

    left join {{ this }} as stored
        on
            typed.user_id = stored.user_id
            and typed.profile_hash = stored.profile_hash
    {% endif %}

    where typed.user_id is not null

)

select * from dated
