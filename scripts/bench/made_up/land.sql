-- Lands bench.posts as the extractor would: one run, pages of 100 messages newest first,
-- their fetches, a checkpoint per channel, and how far each guild was synced.

analyze bench.posts;
analyze bench.authors;

insert into landing.runs (command, arguments, program_version, finished_at, exit_code)
values ('sync', '{}', 'bench', now(), 0);

insert into landing.messages (
    page_id, route_id, run_id, account, guild_id, channel_id, request, fetched_at, responded_at,
    item_count, is_history_readable, has_message_content, body
)
with

sync as (

    select bench.moment(max(message_id)) + interval '1 minute' as fetched_at from bench.posts

),

elements as (

    select
        posts.channel,
        posts.page,
        posts.message_id,
        posts.seen,
        channels.channel_id,
        channels.guild_id,
        bench.message(
            posts.number,
            posts.message_id,
            channels.channel_id,
            posts.kind,
            profiles.profile,
            posts.content,
            case
                when replied.number is not null and bench.chance(posts.number, 40) < 0.5
                    then jsonb_build_array(repliers.profile)
                when posts.kind = 'post' and bench.chance(posts.number, 41) < 0.035
                    then jsonb_build_array(mentioned.profile)
                else '[]'::jsonb
            end,
            posts.seen
        ) || bench.extras(
            posts.number,
            posts.message_id,
            channels.channel_id,
            channels.guild_id,
            posts.kind,
            posts.seen,
            replied.message_id,
            case
                when replied.number is not null
                    then bench.message(
                        replied.number,
                        replied.message_id,
                        channels.channel_id,
                        replied.kind,
                        repliers.profile,
                        replied.content,
                        '[]'::jsonb,
                        replied.seen
                    )
            end,
            profiles.profile
        ) as element

    from bench.posts

    inner join bench.channels
        on posts.channel = channels.channel

    inner join bench.authors
        on posts.author = authors.author

    cross join lateral (
        select case
            when posts.kind = 'webhook' then bench.webhook(posts.number) else authors.profile
        end
    ) as profiles (profile)

    inner join bench.authors as mentioned
        on bench.zipf(posts.number, 42, 5000) = mentioned.author

    left join bench.posts as replied
        on posts.replied_number = replied.number

    left join bench.authors as repliers
        on replied.author = repliers.author

),

bodies as (

    select
        channel,
        page,
        min(channel_id) as channel_id,
        min(guild_id) as guild_id,
        min(message_id) as first_id,
        max(message_id) as last_id,
        bool_or(seen > 0) as is_read_again,
        count(*) as item_count,
        jsonb_agg(element order by message_id desc) as body

    from elements

    group by channel, page

)

select
    landing.next_page_id(),
    bodies.channel_id,
    (select max(run_id) from landing.runs),
    'bot',
    bodies.guild_id,
    bodies.channel_id,
    jsonb_build_object(
        'path', '/channels/' || bodies.channel_id || '/messages',
        'limit', 100,
        'after', case
            when bodies.is_read_again then bodies.first_id - 1
            else coalesce(
                lag(bodies.last_id) over (partition by bodies.channel order by bodies.page),
                checkpoints.newest_message_id,
                0
            )
        end
    ),
    sync.fetched_at,
    sync.fetched_at,
    bodies.item_count,
    true,
    true,
    bodies.body
from bodies
cross join sync
left join landing.checkpoints
    on bodies.channel_id = checkpoints.channel_id;


insert into landing.fetches (
    fetch_id, run_id, account, resource, route_id, guild_id, channel_id, request, fetched_at,
    responded_at, status, item_count, byte_count, body_sha256
)
select
    page_id,
    run_id,
    account,
    'messages',
    route_id,
    guild_id,
    channel_id,
    request,
    fetched_at,
    responded_at,
    200,
    item_count,
    octet_length(body::text),
    sha256(convert_to(page_id::text, 'UTF8'))
from landing.messages
where run_id = (select max(run_id) from landing.runs);

insert into landing.checkpoints (
    channel_id, guild_id, account, type, name, oldest_message_id, newest_message_id,
    is_start_reached, backfill_complete, message_count, last_synced_at
)
select
    channels.channel_id,
    channels.guild_id,
    'bot',
    channels.type,
    'channel-' || channels.channel,
    min(posts.message_id),
    max(posts.message_id),
    true,
    true,
    count(posts.message_id),
    now()
from bench.channels
left join bench.posts
    on channels.channel = posts.channel and posts.seen = 0
group by channels.channel
on conflict (channel_id) do update set
    newest_message_id = greatest(checkpoints.newest_message_id, excluded.newest_message_id),
    message_count = checkpoints.message_count + excluded.message_count,
    last_synced_at = excluded.last_synced_at;

insert into landing.guild_syncs (
    run_id, guild_id, started_at, finished_at, readable_channel_count, unreadable_channel_count,
    failed_channel_count, is_complete, is_backfill_complete
)
select
    (select max(run_id) from landing.runs),
    channels.guild_id,
    sync.fetched_at - interval '30 seconds',
    sync.fetched_at + interval '30 seconds',
    count(*),
    0,
    0,
    true,
    true
from bench.channels
cross join (
    select bench.moment(max(message_id)) + interval '1 minute' as fetched_at from bench.posts
) as sync
group by channels.guild_id, sync.fetched_at
order by channels.guild_id;

-- what later landings build on: how far numbers go, and messages to be read again
insert into bench.landed (message_id, number, channel, page, author, kind, content, seen)
select message_id, number, channel, page, author, kind, content, seen
from (
    select
        *,
        row_number() over (partition by channel order by number desc) as recency
    from bench.posts
    where kind <> 'reply'
) as recent
where recency <= 20
on conflict (message_id) do update set seen = excluded.seen;

truncate bench.posts;
