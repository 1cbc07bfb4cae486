-- The first bench.messages messages (a setting), spread evenly over the bench.days days
-- (730 unless set) that end with October 2026.

insert into bench.posts (channel, page, number, message_id, author, kind, content, replied_number)
with

settings as (

    select
        current_setting('bench.messages')::bigint as messages,
        coalesce(current_setting('bench.days', true), '730')::integer * interval '1 day' as span

),

drawn as (

    select
        number,
        bench.zipf(number, 30, 200) as channel,
        bench.snowflake(
            timestamptz '2026-11-01 00:00:00+00'
            - settings.span
            * ((settings.messages - number + 0.9 * bench.chance(number, 31)) / settings.messages),
            hashint8extended(number, 32)
        ) as message_id,
        bench.kind(number) as kind,
        bench.zipf(number, 33, 5000) as author

    from settings

    cross join lateral generate_series(1, settings.messages) as number

),

placed as (

    select
        *,
        row_number() over in_channel as place,
        lag(number, 2) over in_channel as replied_number

    from drawn

    window in_channel as (partition by channel order by number)

)

select
    placed.channel,
    (placed.place - 1) / 100 as page,
    placed.number,
    placed.message_id,
    case placed.kind when 'command' then 3 else placed.author end,
    placed.kind,
    bench.content(placed.number, one.phrase, two.phrase, three.phrase),
    case placed.kind when 'reply' then placed.replied_number end
from placed
inner join bench.phrases as one
    on (hashint8extended(placed.number, 34) & 4095) = one.id
inner join bench.phrases as two
    on (hashint8extended(placed.number, 35) & 4095) = two.id
inner join bench.phrases as three
    on (hashint8extended(placed.number, 36) & 4095) = three.id;
