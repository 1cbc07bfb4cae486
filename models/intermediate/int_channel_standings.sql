-- Roles, parents and refusals change this without the channel being seen again.
with

open_states as (

    select * from {{ ref('channel_history') }}

    where valid_to is null

),

open_audiences as (

    select * from {{ ref('channel_audiences') }}

    where valid_to is null

)

select
    open_states.channel_id,
    open_states.is_hidden,
    open_states.is_deleted,
    case when open_states.is_deleted then open_states.observed_at end as deleted_before,
    case when open_states.is_deleted then open_states.page_id end as deletion_page_id,
    coalesce(open_audiences.audience, 'unknown') as audience

from open_states

left join open_audiences
    on open_states.channel_id = open_audiences.channel_id
