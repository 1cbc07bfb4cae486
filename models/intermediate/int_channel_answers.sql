-- Absent from a list says nothing: Discord leaves out what one may not view. Asked for a
-- channel alone, it says whether there is one.
with

asked as (

    select * from {{ ref('stg_discord__fetches') }}

    where
        resource = 'channels'
        and path = '/channels/' || channel_id

),

told as (

    select
        channel_id,
        page_id,
        fetched_at,
        case
            when status = 404 and error_code = 10003 then 'deleted'
            when status = 403 and error_code = 50001 then 'hidden'
            when status = 200 and same_as_page_id is not null then 'seen'
        end as outcome

    from asked

)

select * from told

where outcome is not null
