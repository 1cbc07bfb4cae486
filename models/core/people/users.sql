{{ config(unique_key='user_id', meta={'place': 'reference'}) }}

with

new_users as (

    select * from {{ ref('stg_discord__users') }}

    where
        {{ is_new_page() }}
        and user_id is not null

),

latest as (

    select distinct on (user_id) *

    from new_users

    order by user_id asc, page_id desc, ordinal desc, path collate "C" asc

)

select
    user_id,
    username,
    global_name,
    discriminator,
    avatar,
    public_flags,
    is_bot,
    is_system,
    {{ snowflake_to_timestamp('user_id') }} as created_at,
    page_id,
    fetched_at as observed_at

from latest
