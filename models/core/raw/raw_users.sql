{{ config(materialized='view') }}

select
    users.user_id,
    users.page_id,
    user_profiles.profile as raw

from {{ ref('users') }} as users

left join {{ ref('user_profiles') }} as user_profiles
    on
        users.user_id = user_profiles.user_id
        and users.source = user_profiles.source
        and users.profile_hash = user_profiles.profile_hash
