-- Content of the API and of exports never compares equal (exports replace mentions by names):
-- an edit is known by its time, and one that the API has shown is the API's to tell.
{{ config(materialized='view') }}

with

api as (

    select * from {{ ref('int_api_message_versions') }}

),

exports as (

    select * from {{ ref('int_dce_message_versions') }}

),

versions as (

    select
        channel_id,
        message_id,
        content,
        false as is_content_formatted,
        version_hash,
        edited_at,
        valid_from,
        'api' as source,
        page_id,
        ordinal,
        observed_at

    from api

    union all

    select
        exports.channel_id,
        exports.message_id,
        exports.content,
        exports.is_content_formatted,
        null as version_hash,
        exports.edited_at,
        exports.valid_from,
        'dce' as source,
        exports.page_id,
        exports.ordinal,
        exports.observed_at

    from exports

    where
        -- not the step above: read twice, it would be made as a whole for each question
        not exists (
            select
            from {{ ref('int_api_message_versions') }} as shown
            where
                exports.channel_id = shown.channel_id
                and exports.message_id = shown.message_id
                and exports.edited_at is not distinct from shown.edited_at
        )

),

-- versions of the API follow one another without a gap: the next one of any source ends it
followed as (

    select
        *,
        lead(valid_from) over (
            partition by channel_id, message_id
            order by valid_from asc, source desc, page_id asc, ordinal asc
        ) as valid_to

    from versions

)

select
    channel_id,
    message_id,
    content,
    is_content_formatted,
    version_hash,
    edited_at,
    valid_from,
    valid_to,
    source,
    page_id,
    ordinal,
    observed_at

from followed
