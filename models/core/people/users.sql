-- A profile need not be whole: what it does not mention stays as it was known. Exports tell
-- only what the API has never told.
{{ config(unique_key='user_id', meta={'place': 'reference'}) }}

with

profiles as (

    select * from {{ ref('user_profiles') }}

    where {{ is_settled_page() }}

),

changed_users as (

    select distinct user_id
    from {{ ref('user_profiles') }}
    where {{ is_new_page() }}

),

known_profiles as (

    select
        profiles.*,
        row_number() over (
            partition by profiles.user_id
            order by
                profiles.source asc,
                case when profiles.source = 'api' then profiles.page_id end desc,
                case when profiles.source = 'api' then profiles.ordinal end desc,
                profiles.exported_at desc nulls last,
                profiles.export_hash desc nulls last,
                profiles.profile_hash desc
        ) as recency,
        first_value(profiles.archived_at) over of_source as first_archived_at,
        min(profiles.archived_at) over of_source as least_archived_at,
        max(profiles.observed_at) over of_source as greatest_observed_at,
        max(array[profiles.page_id, profiles.ordinal]) over of_source as last_place

    from profiles

    inner join changed_users
        on profiles.user_id = changed_users.user_id

    window
        of_source as (
            partition by profiles.user_id, profiles.source
            order by profiles.first_page_id asc
            rows between unbounded preceding and unbounded following
        )

),

-- Whoever Discord names is there whole, and then what is left out is false. A null says that
-- there is none, but for what most pages do not tell of anybody.
properties as (

    select
        known_profiles.user_id,
        property.key,
        property.value,
        known_profiles.recency

    from known_profiles

    cross join
        lateral jsonb_each(
            case
                when known_profiles.source = 'api' and known_profiles.username is not null
                    then '{"bot": false, "system": false}'::jsonb
                else '{}'::jsonb
            end || known_profiles.profile
        ) as property (key, value)

    where
        property.value <> 'null'
        or property.key not in ('username', 'banner', 'accent_color')

),

-- of a key that comes several times, an object keeps the last
merged as (

    select
        user_id,
        jsonb_object_agg(key, value order by recency desc) as profile

    from properties

    group by user_id

),

latest as (

    select
        known_profiles.user_id,
        known_profiles.source,
        known_profiles.profile_hash,
        {% for column, of_the_api, of_exports in [
            ('page_id', 'page_id', 'last_place[1]'),
            ('ordinal', 'ordinal', 'last_place[2]'),
            ('archived_at', 'first_archived_at', 'least_archived_at'),
            ('observed_at', 'observed_at', 'greatest_observed_at'),
        ] %}
        case
            when known_profiles.source = 'api' then known_profiles.{{ of_the_api }}
            else known_profiles.{{ of_exports }}
        end as {{ column }},
        {% endfor %}
        merged.profile,
        merged.profile -> 'primary_guild' as primary_guild

    from known_profiles

    inner join merged
        on known_profiles.user_id = merged.user_id

    where known_profiles.recency = 1

)

select
    user_id,
    {{ typed('profile', 'username', 'text') }} as username,
    {{ typed('profile', 'global_name', 'text') }} as global_name,
    {{ typed('profile', 'discriminator', 'text') }} as discriminator,
    {{ typed('profile', 'avatar', 'text') }} as avatar,
    {{ typed('profile', 'banner', 'text') }} as banner,
    {{ typed('profile', 'accent_color', 'integer') }} as accent_color,
    coalesce(
        {{ typed('profile', 'public_flags', 'bigint') }}, case when source = 'api' then 0 end
    ) as public_flags,
    {{ typed('profile', 'flags', 'bigint') }} as flags,
    coalesce({{ typed('profile', 'bot', 'boolean') }}, false) as is_bot,
    coalesce(
        {{ typed('profile', 'system', 'boolean') }}, case when source = 'api' then false end
    ) as is_system,
    nullif(profile -> 'avatar_decoration_data', 'null') as avatar_decoration,
    nullif(profile -> 'collectibles', 'null') as collectibles,
    {{ typed('primary_guild', 'identity_guild_id', 'bigint') }} as primary_guild_id,
    {{ typed('primary_guild', 'tag', 'text') }} as primary_guild_tag,
    {{ typed('primary_guild', 'badge', 'text') }} as primary_guild_badge,
    {{ typed('primary_guild', 'identity_enabled', 'boolean') }} as is_primary_guild_displayed,
    {{ snowflake_to_timestamp('user_id') }} as created_at,
    source,
    profile_hash,
    page_id,
    ordinal,
    archived_at,
    observed_at

from latest
