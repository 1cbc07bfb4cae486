-- Lands what is there beside messages: each guild, its roles, its channels and threads.

create temporary table lists as
with

guilds as (

    select
        guild_id,
        jsonb_agg(
            jsonb_build_object(
                'id', channel_id::text,
                'guild_id', guild_id::text,
                'type', type,
                'name', 'channel-' || channel,
                'topic', null,
                'position', channel,
                'parent_id', null,
                'flags', 0,
                'nsfw', false,
                'rate_limit_per_user', 0,
                'permission_overwrites', '[]'::jsonb,
                'last_message_id', null,
                'last_pin_timestamp', null
            ) order by channel
        ) filter (where type <> 11) as channels,
        jsonb_agg(
            jsonb_build_object(
                'id', channel_id::text,
                'guild_id', guild_id::text,
                'type', type,
                'name', 'thread-' || channel,
                'parent_id', (
                    select parents.channel_id::text
                    from bench.channels as parents
                    where parents.guild_id = channels.guild_id and parents.type = 0
                    order by parents.channel
                    limit 1
                ),
                'owner_id', (select user_id::text from bench.authors where author = channel),
                'flags', 0,
                'last_message_id', null,
                'message_count', 50,
                'member_count', 5,
                'total_message_sent', 50,
                'rate_limit_per_user', 0,
                'thread_metadata', jsonb_build_object(
                    'archived', false,
                    'archive_timestamp', '2025-01-01T00:00:00.000000+00:00',
                    'auto_archive_duration', 10080,
                    'locked', false,
                    'create_timestamp', '2024-01-01T00:00:00.000000+00:00'
                )
            ) order by channel
        ) filter (where type = 11) as threads

    from bench.channels

    group by guild_id

),

roles as (

    select
        guilds.guild_id,
        jsonb_agg(
            jsonb_build_object(
                'id', (guilds.guild_id + place)::text,
                'name', case place when 0 then '@everyone' else 'role ' || place end,
                'permissions', '2248473465835073',
                'position', place,
                'color', 0,
                'colors', jsonb_build_object(
                    'primary_color', 0, 'secondary_color', null, 'tertiary_color', null
                ),
                'hoist', false,
                'managed', false,
                'mentionable', false,
                'icon', null,
                'unicode_emoji', null,
                'flags', 0
            ) order by place
        ) as roles

    from guilds

    cross join generate_series(0, 19) as place

    group by guilds.guild_id

)

select
    landing.next_page_id() as page_id,
    list.resource,
    guilds.guild_id,
    jsonb_build_object('path', '/guilds/' || guilds.guild_id || list.path) as request,
    list.item_count,
    list.body

from guilds

inner join roles
    on guilds.guild_id = roles.guild_id

cross join lateral (values
    (
        'guilds',
        '',
        1,
        jsonb_build_object(
            'id', guilds.guild_id::text,
            'name', 'Guild ' || guilds.guild_id,
            'owner_id', (select user_id::text from bench.authors where author = 1),
            'description', null,
            'icon', null,
            'preferred_locale', 'en-US',
            'verification_level', 2,
            'premium_tier', 1,
            'premium_subscription_count', 3,
            'system_channel_id', null,
            'rules_channel_id', null,
            'features', '["COMMUNITY"]'::jsonb,
            'roles', roles.roles,
            'emojis', '[]'::jsonb,
            'stickers', '[]'::jsonb,
            'approximate_member_count', 2500,
            'approximate_presence_count', 700
        )
    ),
    ('roles', '/roles', 20, roles.roles),
    ('channels', '/channels', jsonb_array_length(guilds.channels), guilds.channels),
    (
        'threads',
        '/threads/active',
        coalesce(jsonb_array_length(guilds.threads), 0),
        jsonb_build_object(
            'threads', coalesce(guilds.threads, '[]'::jsonb),
            'members', '[]'::jsonb,
            'has_more', false
        )
    )
) as list (resource, path, item_count, body);

insert into landing.fetches (
    fetch_id, run_id, account, resource, route_id, guild_id, request, fetched_at, responded_at,
    status, item_count, byte_count, body_sha256
)
select
    page_id,
    1,
    'bot',
    resource,
    guild_id,
    guild_id,
    request,
    '2026-11-01 00:00:00+00',
    '2026-11-01 00:00:00+00',
    200,
    item_count,
    octet_length(body::text),
    sha256(convert_to(page_id::text, 'UTF8'))
from lists;

do $$
declare
    landed text;
begin
    foreach landed in array array['guilds', 'roles', 'channels', 'threads']
    loop
        execute format(
            'insert into landing.%I (
                page_id, route_id, run_id, account, guild_id, request, fetched_at, responded_at,
                item_count, body
            )
            select
                page_id, guild_id, 1, ''bot'', guild_id, request, ''2026-11-01 00:00:00+00'',
                ''2026-11-01 00:00:00+00'', item_count, body
            from lists
            where resource = %L',
            landed,
            landed
        );
    end loop;
end
$$;

drop table lists;
