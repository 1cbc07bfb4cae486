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
api_names as (

    select
        profiles.user_id,
        profiles.username,
        profiles.global_name,
        profiles.source,
        min(profiles.first_page_id) as first_page_id,
        max(profiles.page_id) as page_id,
        (array_agg(profiles.archived_at order by profiles.first_page_id asc))[1] as first_seen_at,
        (array_agg(profiles.observed_at order by profiles.page_id desc))[1] as last_seen_at

    from profiles

    inner join changed_users
        on profiles.user_id = changed_users.user_id

    where profiles.source = 'api'

    group by
        profiles.user_id,
        profiles.username,
        profiles.global_name,
        profiles.source

),

-- an export tells no display name for sure, and so nothing of a username that Discord has told
export_names as (

    select
        profiles.user_id,
        profiles.username,
        null as global_name,
        profiles.source,
        min(profiles.first_page_id) as first_page_id,
        max(profiles.page_id) as page_id,
        min(profiles.archived_at) as first_seen_at,
        max(profiles.observed_at) as last_seen_at

    from profiles

    inner join changed_users
        on profiles.user_id = changed_users.user_id

    left join api_names
        on
            profiles.user_id = api_names.user_id
            and profiles.username = api_names.username

    where
        profiles.source = 'dce'
        and api_names.user_id is null

    group by
        profiles.user_id,
        profiles.username,
        profiles.source

),

names as (

    select * from api_names
    union all
    select * from export_names

)

-- what somebody is called can be too long for an index, or nothing
select
    user_id,
    username,
    global_name,
    first_seen_at,
    last_seen_at,
    source,
    first_page_id,
    page_id,
    md5(jsonb_build_array(username, global_name)::text)::uuid as name_hash

from names
