-- What a message looks like as Discord sends it, made of its number.

create function bench.kind(number bigint) returns text
language sql immutable parallel safe as $$
    select case
        when bench.chance(number, 10) < 0.8 then 'post'
        when bench.chance(number, 10) < 0.95 then 'reply'
        when bench.chance(number, 10) < 0.96 then 'join'
        when bench.chance(number, 10) < 0.961 then 'pin'
        when bench.chance(number, 10) < 0.971 then 'command'
        when bench.chance(number, 10) < 0.986 then 'webhook'
        when bench.chance(number, 10) < 0.994 then 'forward'
        when bench.chance(number, 10) < 0.996 then 'poll'
        when bench.chance(number, 10) < 0.998 then 'thread'
        else 'sticker'
    end
$$;

create function bench.content(number bigint, one text, two text, three text) returns text
language sql immutable parallel safe as $$
    select case
        when bench.kind(number) in ('join', 'pin', 'forward', 'poll', 'sticker') then ''
        when bench.chance(number, 11) < 0.35 then one
        when bench.chance(number, 11) < 0.75 then one || ' ' || two
        when bench.chance(number, 11) < 0.97 then one || ' ' || two || E'\n' || three
        else repeat(one || ' ' || two || '. ' || three || E'.\n', 6)
    end
$$;

-- an address that Discord signs anew whenever it sends it
create function bench.signed(
    folder text, channel_id bigint, number bigint, seen integer
) returns text
language sql immutable parallel safe as $$
    select folder || channel_id || '/' || number || '/image.png'
        || '?ex=' || to_hex(1730000000 + number % 9999999 + seen * 86400)
        || '&is=' || to_hex(1729900000 + number % 9999999 + seen * 86400)
        || '&hm=' || bench.hexadecimal(number, 1200 + seen)
        || bench.hexadecimal(number, 1300 + seen) || '&'
$$;

create function bench.attachments(number bigint, channel_id bigint, seen integer) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_array(jsonb_build_object(
        'id', (bench.snowflake(timestamptz '2024-01-01 00:00:00+00', 0) + number)::text,
        'filename', 'image' || number % 1000 || '.png',
        'size', 20000 + number % 4000000,
        'url', bench.signed(
            'https://cdn.discordapp.com/attachments/', channel_id, number, seen
        ),
        'proxy_url', bench.signed(
            'https://media.discordapp.net/attachments/', channel_id, number, seen
        ),
        'width', 640 + number % 1300,
        'height', 480 + number % 700,
        'content_type', 'image/png',
        'content_scan_version', 2,
        'placeholder', left(bench.hexadecimal(number, 14), 28),
        'placeholder_version', 1
    ))
$$;

create function bench.embeds(number bigint) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_array(jsonb_build_object(
        'type', case when number % 3 = 0 then 'video' else 'article' end,
        'url', 'https://example.com/articles/' || number % 50000,
        'title', 'Article ' || number % 50000,
        'description', 'What the page says of itself, in one or two sentences: '
        || bench.hexadecimal(number, 15),
        'color', number % 16777216,
        'provider', jsonb_build_object('name', 'Example', 'url', 'https://example.com'),
        'thumbnail', jsonb_build_object(
            'url', 'https://example.com/images/' || number % 50000 || '.jpg',
            'proxy_url', 'https://images-ext-1.discordapp.net/external/'
            || bench.hexadecimal(number, 16)
            || '/https/example.com/images/' || number % 50000 || '.jpg',
            'width', 1200,
            'height', 630,
            'content_type', 'image/jpeg',
            'placeholder', left(bench.hexadecimal(number, 17), 28),
            'placeholder_version', 1,
            'flags', 0
        ),
        'content_scan_version', 2
    ))
$$;

create function bench.reaction(emoji_id text, name text, total bigint) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_object(
        'emoji', jsonb_build_object('id', emoji_id, 'name', name),
        'count', total,
        'count_details', jsonb_build_object('burst', 0, 'normal', total),
        'burst_colors', '[]'::jsonb,
        'me_burst', false,
        'burst_me', false,
        'me', false,
        'burst_count', 0
    )
$$;

-- a message that was seen again has more of each reaction
create function bench.reactions(number bigint, seen integer) returns jsonb
language sql stable parallel safe as $$
    select case when bench.chance(number, 20) < 0.25
        then jsonb_build_array(
            bench.reaction('80351110224678912', 'wave', 1 + number % 2 + seen),
            bench.reaction(null, '🔥', 1 + number % 4 + seen)
        )
        else jsonb_build_array(
            bench.reaction(
                null,
                (array['👍', '❤️', '😂', '🎉', '👀'])[1 + number % 5],
                1 + number % 7 + seen
            )
        )
    end
$$;

create function bench.poll(number bigint, posted_at timestamptz) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_object(
        'question', jsonb_build_object('text', 'Which one, ' || number || '?'),
        'answers', jsonb_build_array(
            jsonb_build_object('answer_id', 1, 'poll_media', jsonb_build_object('text', 'This')),
            jsonb_build_object('answer_id', 2, 'poll_media', jsonb_build_object('text', 'That'))
        ),
        'expiry', bench.stamp(posted_at + interval '1 day'),
        'allow_multiselect', false,
        'layout_type', 1,
        'results', jsonb_build_object(
            'answer_counts', jsonb_build_array(
                jsonb_build_object('id', 1, 'count', number % 9, 'me_voted', false),
                jsonb_build_object('id', 2, 'count', number % 4, 'me_voted', false)
            ),
            'is_finalized', true
        )
    )
$$;

-- what every message has; seen = 0 is how it was first posted
create function bench.message(
    number bigint, message_id bigint, channel_id bigint, kind text, author jsonb, content text,
    mentions jsonb, seen integer
) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_object(
        'type', case kind
            when 'reply' then 19 when 'join' then 7 when 'pin' then 6 when 'command' then 20
            else 0
        end,
        'content', case
            when seen > 0 and number % 4 = 0 then content || ' (' || seen || ')' else content
        end,
        'mentions', mentions,
        'mention_roles', case
            when number % 200 = 7 then '["41771983423143936"]'::jsonb else '[]'::jsonb
        end,
        'attachments', case
            when kind in ('post', 'reply') and bench.chance(number, 21) < 0.0635
                then bench.attachments(number, channel_id, seen)
            else '[]'::jsonb
        end,
        'embeds', case
            when kind in ('post', 'reply', 'webhook') and bench.chance(number, 22) < 0.052
                then bench.embeds(number)
            else '[]'::jsonb
        end,
        'timestamp', bench.stamp(bench.moment(message_id)),
        'edited_timestamp', case
            when seen > 0 and number % 4 = 0
                then bench.stamp(bench.moment(message_id) + seen * interval '1 hour')
            when bench.chance(number, 23) < 0.04
                then bench.stamp(bench.moment(message_id) + interval '1 minute')
        end,
        'flags', case kind when 'forward' then 16384 when 'thread' then 32 else 0 end,
        'components', '[]'::jsonb,
        'id', message_id::text,
        'channel_id', channel_id::text,
        'author', author,
        'pinned', number % 2000 = 5,
        'mention_everyone', false,
        'tts', false
    )
$$;

-- what only some messages have
create function bench.extras(
    number bigint, message_id bigint, channel_id bigint, guild_id bigint, kind text, seen integer,
    replied_id bigint, replied jsonb, author jsonb
) returns jsonb
language sql stable parallel safe as $$
    select case
        when kind in ('post', 'reply') and bench.chance(number, 24) < 0.126
            then jsonb_build_object('reactions', bench.reactions(number, seen))
        else '{}'::jsonb
    end || case kind
        when 'reply' then jsonb_build_object(
            'message_reference', jsonb_build_object(
                'type', 0,
                'channel_id', channel_id::text,
                'message_id', coalesce(replied_id, message_id - 4194304)::text,
                'guild_id', guild_id::text
            ),
            'referenced_message', replied
        )
        when 'pin' then jsonb_build_object(
            'message_reference', jsonb_build_object(
                'type', 0,
                'channel_id', channel_id::text,
                'message_id', (message_id - 4194304)::text,
                'guild_id', guild_id::text
            )
        )
        when 'forward' then jsonb_build_object(
            'message_reference', jsonb_build_object(
                'type', 1,
                'channel_id', channel_id::text,
                'message_id', (message_id - 4194304)::text,
                'guild_id', guild_id::text
            ),
            'message_snapshots', jsonb_build_array(jsonb_build_object(
                'message', jsonb_build_object(
                    'type', 0,
                    'content', 'Forwarded: ' || bench.hexadecimal(number, 25),
                    'mentions', '[]'::jsonb,
                    'mention_roles', '[]'::jsonb,
                    'attachments', '[]'::jsonb,
                    'embeds', '[]'::jsonb,
                    'timestamp', bench.stamp(bench.moment(message_id) - interval '1 second'),
                    'edited_timestamp', null,
                    'flags', 0,
                    'components', '[]'::jsonb
                )
            ))
        )
        when 'webhook' then jsonb_build_object('webhook_id', author -> 'id')
        when 'command' then jsonb_build_object(
            'application_id', author -> 'id',
            'webhook_id', author -> 'id',
            'interaction_metadata', jsonb_build_object(
                'id', (message_id - 4194304)::text,
                'type', 2,
                'name', 'roll',
                'command_type', 1,
                'authorizing_integration_owners', jsonb_build_object('0', guild_id::text)
            )
        )
        when 'poll' then jsonb_build_object('poll', bench.poll(number, bench.moment(message_id)))
        when 'thread' then jsonb_build_object(
            'thread', jsonb_build_object(
                'id', message_id::text,
                'guild_id', guild_id::text,
                'parent_id', channel_id::text,
                'owner_id', author -> 'id',
                'type', 11,
                'name', 'Thread ' || number,
                'last_message_id', null,
                'message_count', 0,
                'member_count', 1,
                'total_message_sent', 0,
                'rate_limit_per_user', 0,
                'flags', 0,
                'thread_metadata', jsonb_build_object(
                    'archived', false,
                    'archive_timestamp', bench.stamp(bench.moment(message_id)),
                    'auto_archive_duration', 4320,
                    'locked', false,
                    'create_timestamp', bench.stamp(bench.moment(message_id))
                )
            )
        )
        when 'sticker' then jsonb_build_object(
            'sticker_items', jsonb_build_array(jsonb_build_object(
                'id', '749054660769218631', 'name', 'Wave', 'format_type', 3
            ))
        )
        else '{}'::jsonb
    end
$$;

create function bench.webhook(number bigint) returns jsonb
language sql stable parallel safe as $$
    select jsonb_build_object(
        'id', (912345678901234567 + number % 9)::text,
        'username', 'Build news ' || number % 40,
        'avatar', null,
        'discriminator', '0000',
        'public_flags', 0,
        'flags', 0,
        'bot', true,
        'global_name', null,
        'clan', null,
        'primary_guild', null
    )
$$;
