{{ config(unique_key='user_id', meta={'place': 'reference'}) }}

with

profiles as (

    select * from {{ ref('user_profiles') }}

    where
        {{ is_settled_page() }}
        and username is not null

),

changed_users as (

    select distinct user_id
    from {{ ref('user_profiles') }}
    where {{ is_new_page() }}

),

-- several profiles of one name differ in something else
names as (

    select
        profiles.user_id,
        profiles.username,
        profiles.global_name,
        min(profiles.first_page_id) as first_page_id,
        max(profiles.page_id) as page_id,
        (array_agg(profiles.archived_at order by profiles.first_page_id asc))[1] as first_seen_at,
        (array_agg(profiles.observed_at order by profiles.page_id desc))[1] as last_seen_at

    from profiles

    inner join changed_users
        on profiles.user_id = changed_users.user_id

    group by
        profiles.user_id,
        profiles.username,
        profiles.global_name

)

-- what somebody is called can be too long for an index, or nothing
select
    user_id,
    username,
    global_name,
    first_seen_at,
    last_seen_at,
    first_page_id,
    page_id,
    md5(jsonb_build_array(username, global_name)::text)::uuid as name_hash

from names
