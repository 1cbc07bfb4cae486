-- Pages of the list, and single members: the accounts' own. A page without members sends
-- one row without any: nobody is beyond the id it was asked for.
with

pages as (

    select * from {{ source('discord', 'members') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.request,
        pages.fetched_at,
        element.ordinal,
        element.value as member,
        pages.request ->> 'path' ~ '^/guilds/[0-9]+/members$'
        and jsonb_typeof(pages.body) = 'array' as is_list,
        element.value -> 'user' as profile

    from pages

    left join
        lateral {{ json_elements('pages.body') }} as element
        on true

),

renamed as (

    select
        ---------- ids
        guild_id,
        {{ typed('profile', 'id', 'bigint') }} as user_id,
        {{ asked_after('request', 'is_list') }} as after_id,
        {{ id_array("member -> 'roles'") }} as role_ids,

        ---------- strings
        {{ typed('member', 'nick', 'text') }} as nick,
        {{ typed('member', 'avatar', 'text') }} as avatar,
        {{ typed('member', 'banner', 'text') }} as banner,

        ---------- numerics
        {{ typed('request', 'limit', 'integer') }} as page_limit,
        coalesce({{ typed('member', 'flags', 'bigint') }}, 0) as flags,

        ---------- booleans
        {{ typed('member', 'deaf', 'boolean') }} as is_deaf,
        {{ typed('member', 'mute', 'boolean') }} as is_mute,
        {{ typed('member', 'pending', 'boolean') }} as is_pending,

        ---------- timestamps
        {{ typed('member', 'joined_at', 'timestamptz') }} as joined_at,
        {{ typed('member', 'premium_since', 'timestamptz') }} as premium_since,
        {{ typed('member', 'communication_disabled_until', 'timestamptz') }}
            as communication_disabled_until,

        ---------- json
        nullif(member -> 'avatar_decoration_data', 'null') as avatar_decoration,
        nullif(member -> 'collectibles', 'null') as collectibles,

        ---------- lineage
        page_id,
        ordinal,
        fetched_at

    from elements

)

select * from renamed
