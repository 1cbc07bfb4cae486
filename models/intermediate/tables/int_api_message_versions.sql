{{
    config(
        unique_key=['channel_id', 'message_id', 'page_id', 'ordinal'],
        meta={'place': 'channel_id'}
    )
}}

with

observed as (

    select
        channel_id,
        message_id,
        page_id,
        ordinal,
        version_hash,
        content,
        edited_at,
        fetched_at as observed_at,
        fetched_at as seen_at,
        null::timestamptz as valid_from,
        false as is_stored

    from {{ ref('stg_discord__message_versions') }}

    where
        {{ is_new_page() }}
        and message_id is not null
        and channel_id is not null

),

{% if is_incremental() %}
-- looked up one by one (offset 0): joined as a whole, the table would be read whole
open_versions as (

    select
        latest.channel_id,
        latest.message_id,
        latest.page_id,
        latest.ordinal,
        latest.version_hash,
        latest.content,
        latest.edited_at,
        latest.observed_at,
        greatest(latest.valid_from, latest.observed_at) as seen_at,
        latest.valid_from,
        true as is_stored

    from (
        select distinct
            observed.channel_id,
            observed.message_id
        from observed
    ) as touched

    cross join
        lateral (
            select stored.*
            from {{ this }} as stored
            where
                touched.channel_id = stored.channel_id
                and touched.message_id = stored.message_id
                and stored.valid_to is null
            offset 0
        ) as latest

),
{% endif %}

observations as (

    select * from observed
    {% if is_incremental() %}

    union all

    select * from open_versions
    {% endif %}

),

compared as (

    select
        *,
        lag(version_hash) over (
            partition by channel_id, message_id
            order by page_id asc, ordinal asc
        ) as previous_hash

    from observations

),

versions as (

    select
        *,
        lag(edited_at) over in_order as previous_edited_at,
        -- of all versions before: a clock may have been turned back
        max(seen_at) over (
            in_order rows between unbounded preceding and 1 preceding
        ) as previous_seen_at,
        lead(edited_at) over in_order as next_edited_at,
        lead(observed_at) over in_order as next_observed_at

    from compared

    where version_hash is distinct from previous_hash

    window in_order as (
        partition by channel_id, message_id
        order by page_id asc, ordinal asc
    )

)

select
    channel_id,
    message_id,
    content,
    version_hash,
    edited_at,
    case
        when is_stored then valid_from
        when previous_hash is null
            then
                least(
                    coalesce(edited_at, {{ snowflake_to_timestamp('message_id') }}),
                    observed_at
                )
        else
            {{ changed_at(
                'previous_edited_at', 'previous_seen_at', 'edited_at', 'observed_at'
            ) }}
    end as valid_from,
    case
        when next_observed_at is not null
            then
                {{ changed_at(
                    'edited_at', 'greatest(previous_seen_at, seen_at)',
                    'next_edited_at', 'next_observed_at'
                ) }}
    end as valid_to,
    page_id,
    ordinal,
    observed_at

from versions

where
    -- what is stored and still open stays as it is
    not is_stored
    or next_observed_at is not null
