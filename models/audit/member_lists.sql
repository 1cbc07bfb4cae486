{{ config(unique_key=['guild_id'], meta={'place': 'reference'}) }}

with

-- the end of the list covers all ids beyond it
ends as (

    select * from {{ ref('int_members_covered') }}

    where
        {{ is_new_page() }}
        and high_id = 9223372036854775807

),

first_ends as (

    select distinct on (guild_id)
        guild_id,
        page_id,
        observed_at as listed_at

    from ends

    order by guild_id asc, page_id asc

)

select * from first_ends
{% if is_incremental() %}

where guild_id not in (select stored.guild_id from {{ this }} as stored)
{% endif %}
