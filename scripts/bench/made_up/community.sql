-- A made-up community: who is there, where they talk, and in which words. Everything
-- follows from numbers by hashing, so every run makes the same pages.

create schema bench;

-- one of 2^30 equal steps between 0 and 1; another salt, another die
create function bench.chance(number bigint, salt bigint) returns double precision
language sql immutable parallel safe as $$
    select (hashint8extended(number, salt) & 1073741823) / 1073741824.0::double precision
$$;

-- 1 to size, where rank r comes about half as often as rank r / 2
create function bench.zipf(number bigint, salt bigint, size integer) returns integer
language sql immutable parallel safe as $$
    select least(size, floor(exp(bench.chance(number, salt) * ln(size + 1.0::float8)))::integer)
$$;

create function bench.snowflake(moment timestamptz, increment bigint) returns bigint
language sql immutable parallel safe as $$
    select (floor(extract(epoch from moment) * 1000)::bigint - 1420070400000 << 22)
        | (increment & 4194303)
$$;

create function bench.moment(snowflake bigint) returns timestamptz
language sql immutable parallel safe as $$
    select to_timestamp(((snowflake >> 22) + 1420070400000) / 1000.0::float8)
$$;

create function bench.stamp(moment timestamptz) returns text
language sql stable parallel safe as $$
    select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"000+00:00"')
$$;

create function bench.hexadecimal(number bigint, salt bigint) returns text
language sql immutable parallel safe as $$
    select md5(number::text || ':' || salt)
$$;

-- --- what people say: phrases of words, few of them frequent ---------------------------

create table bench.phrases (id integer primary key, phrase text not null);

insert into bench.phrases (id, phrase)
with

syllables as (

    select array[
        'ba', 'de', 'ka', 'lo', 'mi', 'nu', 'pe', 'ra', 'si', 'to', 'ver', 'lin', 'gor', 'ta',
        'mo', 'nel', 'ish', 'ing', 'er', 'an', 'es', 'tion', 'ly', 'st', 'un', 're', 'al', 'ou'
    ] as syllable

),

words as (

    select
        word.id,
        case
            when word.id <= 24 then (array[
                'the', 'I', 'to', 'a', 'it', 'is', 'that', 'and', 'you', 'of', 'in', 'for',
                'this', 'not', 'but', 'on', 'have', 'just', 'with', 'be', 'so', 'was', 'if', 'lol'
            ])[word.id]
            when word.id % 400 = 0 then (array[
                'https://example.com/p/' || word.id, '<:wave:80351110224678912>',
                '😂', 'größer', '日本語', '`x = 1`', '**really**', '<#41771983423143937>'
            ])[1 + word.id / 400 % 8]
            else (
                select string_agg(
                    syllable[1 + floor(28 * bench.chance(word.id * 8 + part, 1))::integer], ''
                    order by part
                )
                from syllables
                cross join generate_series(1, 2 + word.id % 3) as part
            )
        end as word

    from generate_series(1, 6000) as word (id)

),

drawn as (

    select
        phrase.id,
        place,
        bench.zipf(phrase.id * 16 + place, 2, 6000) as word_id

    from generate_series(0, 4095) as phrase (id)

    cross join lateral generate_series(1, 2 + phrase.id % 9) as place

)

select
    drawn.id,
    string_agg(words.word, ' ' order by drawn.place)
from drawn
inner join words
    on drawn.word_id = words.id
group by drawn.id;

-- --- who and where -----------------------------------------------------------------------

create table bench.authors (
    author integer primary key,            -- 1 posts most
    user_id bigint not null,
    profile jsonb not null
);

insert into bench.authors (author, user_id, profile)
select
    author,
    user_id,
    jsonb_build_object(
        'id', user_id::text,
        'username', name || author,
        'global_name', case when author % 5 > 0 then initcap(name) end,
        'avatar', case when author % 4 > 0 then bench.hexadecimal(author, 3) end,
        'discriminator', case when author % 97 = 3 then lpad(author::text, 4, '0') else '0' end,
        'public_flags', case when author % 11 = 0 then 4194304 else 0 end,
        'flags', case when author % 11 = 0 then 4194304 else 0 end,
        'banner', null,
        'accent_color', null,
        'avatar_decoration_data', case
            when author % 9 = 0 then jsonb_build_object(
                'asset', 'a_' || bench.hexadecimal(author, 4),
                'sku_id', '1144058844004233369',
                'expires_at', null
            )
        end,
        'collectibles', null,
        'display_name_styles', null,
        'banner_color', null,
        'clan', null,
        'primary_guild', null
    ) || case when author % 97 = 3 then '{"bot": true}'::jsonb else '{}'::jsonb end
from generate_series(1, 5000) as author
cross join lateral (
    select
        bench.snowflake(
            timestamptz '2016-01-01 00:00:00+00' + bench.chance(author, 5) * interval '2800 days',
            author
        ) as user_id,
        (select replace(phrase, ' ', '_') from bench.phrases where id = author % 512 * 9) as name
) as drawn;

create table bench.channels (
    channel integer primary key,           -- 1 has most messages
    channel_id bigint not null,
    guild_id bigint not null,
    type integer not null
);

insert into bench.channels (channel, channel_id, guild_id, type)
select
    channel,
    bench.snowflake(timestamptz '2022-01-01 00:00:00+00' + channel * interval '1 day', channel),
    bench.snowflake(
        timestamptz '2021-01-01 00:00:00+00',
        case when channel % 6 = 0 then 3 when channel % 3 = 0 then 2 else 1 end
    ),
    case when channel % 20 = 0 then 11 when channel % 25 = 1 and channel > 1 then 5 else 0 end
from generate_series(1, 200) as channel;

-- --- what is about to be landed ----------------------------------------------------------

create unlogged table bench.posts (
    channel integer not null,
    page integer not null,                 -- of its channel, counted from the oldest
    number bigint not null,                -- grows with time, over all channels
    message_id bigint not null,
    author integer not null,
    kind text not null,
    content text not null,
    replied_number bigint,
    seen integer not null default 0        -- how often it was read before, and has changed since
);

create unlogged table bench.landed (
    message_id bigint primary key,
    number bigint not null,
    channel integer not null,
    page integer not null,
    author integer not null,
    kind text not null,
    content text not null,
    seen integer not null
);
