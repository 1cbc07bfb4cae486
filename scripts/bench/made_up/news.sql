-- What the bench.day-th day after the history brings (a setting, from 1): a page of 100
-- new messages in each of the ten largest channels, and one channel's last messages read
-- again: a few edited, reactions added, replies deleted.

insert into bench.posts (
    channel, page, number, message_id, author, kind, content, replied_number
)
with

settings as (

    select
        current_setting('bench.day')::integer as day,
        (select max(number) + 1000 from bench.landed) as last_number

),

drawn as (

    select
        1 + place % 10 as channel,
        1000000 + settings.day as page,
        settings.last_number + place as number,
        bench.snowflake(
            timestamptz '2026-10-31 12:00:00+00'
            + settings.day * interval '1 day'
            + place * interval '40 seconds',
            hashint8extended(settings.last_number + place, 32)
        ) as message_id

    from settings

    cross join generate_series(0, 999) as place

)

select
    drawn.channel,
    drawn.page,
    drawn.number,
    drawn.message_id,
    case bench.kind(drawn.number) when 'command' then 3 else bench.zipf(drawn.number, 33, 5000) end,
    bench.kind(drawn.number),
    bench.content(drawn.number, one.phrase, two.phrase, three.phrase),
    case bench.kind(drawn.number)
        when 'reply' then lag(drawn.number, 2) over in_channel
    end
from drawn
inner join bench.phrases as one
    on (hashint8extended(drawn.number, 34) & 4095) = one.id
inner join bench.phrases as two
    on (hashint8extended(drawn.number, 35) & 4095) = two.id
inner join bench.phrases as three
    on (hashint8extended(drawn.number, 36) & 4095) = three.id
window in_channel as (partition by drawn.channel order by drawn.number);

insert into bench.posts (channel, page, number, message_id, author, kind, content, seen)
select
    channel,
    2000000 + current_setting('bench.day')::integer,
    number,
    message_id,
    author,
    kind,
    content,
    seen + 1
from bench.landed
where channel = 10 + current_setting('bench.day')::integer;
