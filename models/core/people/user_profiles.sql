-- A guild of millions of messages has some thousands of people, whose profiles seldom change:
-- all that tells about people is made from the few distinct ones.
{{
    config(
        unique_key=['user_id', 'source', 'profile_hash'],
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
        {{ typed('profile', 'id', 'bigint') }} as user_id

    from identified

),

dated as (

    select
        typed.user_id,
        'api' as source,
        typed.profile_hash,
        typed.profile,
        null::timestamptz as exported_at,
        null as export_hash,
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
            and stored.source = 'api'
            and typed.profile_hash = stored.profile_hash
    {% endif %}

    where typed.user_id is not null

),

new_people as (

    select
        person::text as person,
        exported_at,
        file_hash,
        min(page_id) as first_page_id,
        max(array[page_id, ordinal]) as latest,
        min(observed_at) as archived_at,
        max(observed_at) as observed_at

    from {{ ref('stg_dce__users') }}

    where {{ is_new_page() }}

    group by person::text, exported_at, file_hash

    offset 0 -- as above

),

shaped as (

    select
        {{ typed('person::jsonb', 'id', 'bigint') }} as user_id,
        {{ dce_profile('person::jsonb') }} as profile,
        exported_at,
        file_hash,
        first_page_id,
        latest,
        archived_at,
        observed_at

    from new_people

),

-- a stored row stands for all observations before the new ones
exported as (

    select
        *,
        md5(profile::text)::uuid as profile_hash
    from shaped
    where user_id is not null
    {% if is_incremental() %}

    union all

    select
        user_id,
        profile,
        exported_at,
        export_hash as file_hash,
        first_page_id,
        array[page_id, ordinal] as latest,
        archived_at,
        observed_at,
        profile_hash
    from {{ this }}
    where
        source = 'dce'
        and user_id in (select shaped.user_id from shaped)
    {% endif %}

),

folded as (

    select
        user_id,
        'dce' as source,
        profile_hash,
        profile,
        {{ told_by_newest('exported_at') }} as exported_at,
        {{ told_by_newest('file_hash') }} as export_hash,
        (max(latest))[1] as page_id,
        (max(latest))[2] as ordinal,
        min(first_page_id) as first_page_id,
        min(archived_at) as archived_at,
        max(observed_at) as observed_at

    from exported

    group by user_id, profile_hash, profile

),

profiles as (

    select * from dated
    union all
    select * from folded

)

select
    user_id,
    source,
    profile_hash,
    {{ typed('profile', 'username', 'text') }} as username,
    {{ typed('profile', 'global_name', 'text') }} as global_name,
    profile,
    exported_at,
    export_hash,
    page_id,
    ordinal,
    first_page_id,
    archived_at,
    observed_at

from profiles
