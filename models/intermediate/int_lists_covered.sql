-- A list of one page shows all there is, but one with elements that have no key covers
-- nothing: anything may be theirs.
with

{% for resource in ['roles', 'emojis', 'stickers', 'webhooks'] -%}
{{ resource }} as (

    select
        '{{ resource }}' as resource,
        pages.guild_id,
        0::bigint as low_id,
        9223372036854775807 as high_id,
        pages.page_id,
        pages.fetched_at as observed_at

    from {{ source('discord', resource) }} as pages

    where
        jsonb_typeof(pages.body) = 'array'
        and not exists (
            select
            from jsonb_array_elements({{ json_array('pages.body') }}) as element (value)
            where {{ typed('element.value', 'id', 'bigint') }} is null
        )

),

{% endfor -%}
-- keyed by their codes, which have no order: only the whole list covers them
invites as (

    select
        'invites' as resource,
        pages.guild_id,
        0::bigint as low_id,
        9223372036854775807 as high_id,
        pages.page_id,
        pages.fetched_at as observed_at

    from {{ source('discord', 'invites') }} as pages

    where
        jsonb_typeof(pages.body) = 'array'
        and not exists (
            select
            from jsonb_array_elements({{ json_array('pages.body') }}) as element (value)
            where {{ typed('element.value', 'code', 'text') }} is null
        )

),

covered as (

    select * from roles
    union all
    select * from emojis
    union all
    select * from stickers
    union all
    select * from webhooks
    union all
    select * from invites

)

select * from covered
