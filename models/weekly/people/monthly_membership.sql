{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'month_start'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: who turns out to be gone changes all months since they joined.
with

-- read twice: materialized, it would hide the indexes and be stored once more
daily as not materialized (

    select * from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

bots as (

    select user_id from {{ ref('users') }}

    where is_bot

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

lists as (

    select * from {{ ref('member_lists') }}

),

people as (

    select
        members.guild_id,
        members.user_id,
        members.is_deleted,
        members.deleted_after - members.joined_at as stayed_for,
        {{ month_start(reporting_date('members.joined_at')) }} as joined_month,
        {{ month_start(reporting_date('members.deleted_after')) }} as left_after_month,
        {{ month_start(reporting_date('members.deleted_before')) }} as left_before_month

    from {{ ref('members') }} as members

    left join bots
        on members.user_id = bots.user_id

    where bots.user_id is null

),

-- What counts in a month. Who left in the month in which they joined was no member at its
-- end; who left between two months may have left in each of them.
events as (

    select
        guild_id,
        joined_month as month_start,
        'joined' as kind,
        user_id,
        1 as message_count,
        null::interval as stayed_for

    from people

    union all

    select
        daily.guild_id,
        {{ month_start('daily.activity_date') }} as month_start,
        'notice' as kind,
        nullif(daily.author_id, 0) as user_id,
        daily.join_message_count as message_count,
        null::interval as stayed_for

    from daily

    left join bots
        on daily.author_id = bots.user_id

    where
        daily.join_message_count > 0
        and bots.user_id is null

    union all

    select
        guild_id,
        greatest(joined_month, left_after_month) as month_start,
        'missing' as kind,
        user_id,
        0 as message_count,
        stayed_for

    from people

    where
        is_deleted
        and joined_month is not null

    union all

    select
        people.guild_id,
        month.starts_on::date as month_start,
        case
            when people.left_after_month = people.left_before_month then 'left'
            else 'maybe left'
        end as kind,
        people.user_id,
        0 as message_count,
        people.stayed_for

    from people

    cross join
        lateral generate_series(
            people.left_after_month::timestamp,
            people.left_before_month::timestamp,
            interval '1 month'
        ) as month (starts_on)

),

first_months as (

    select
        guild_id,
        min(month_start) as month_start

    from (
        select
            guild_id,
            joined_month as month_start
        from people
        union all
        select
            coverage.guild_id,
            (
                select {{ month_start('min(daily.activity_date)') }} from daily
                where coverage.guild_id = daily.guild_id
            ) as month_start
        from coverage
    ) as seen

    group by guild_id

),

months as (

    select
        coverage.guild_id,
        month.starts_on::date as month_start,
        {{ reporting_midnight("month.starts_on") }} as begins_at,
        {{ reporting_midnight("month.starts_on + interval '1 month'") }} as ends_at

    from coverage

    inner join first_months
        on coverage.guild_id = first_months.guild_id

    cross join
        lateral generate_series(
            first_months.month_start::timestamp,
            {{ month_start(reporting_date('coverage.archived_until')) }}::timestamp,
            interval '1 month'
        ) as month (starts_on)

),

counted as (

    select
        months.guild_id,
        months.month_start,
        months.begins_at,
        months.ends_at,
        count(*) filter (where events.kind = 'joined')
        - count(*) filter (where events.kind = 'missing') as member_change,
        count(distinct events.user_id) filter (where events.kind in ('joined', 'notice'))
            as join_count,
        coalesce(sum(events.message_count) filter (where events.kind = 'notice'), 0)::bigint
            as join_message_count,
        count(*) filter (where events.kind = 'left') as leave_count,
        count(*) filter (where events.kind = 'maybe left') as possible_leave_count,
        {% for days in [1, 7, 28] -%}
        count(*) filter (
            where events.kind = 'left' and events.stayed_for < interval '{{ days }} days'
        ) as leaves_under_{{ days }}_{{ 'day' if days == 1 else 'days' }},
        {% endfor -%}
        count(*) filter (
            where events.kind = 'left' and events.stayed_for >= interval '28 days'
        ) as leaves_later

    from months

    left join events
        on
            months.guild_id = events.guild_id
            and months.month_start = events.month_start

    group by
        months.guild_id,
        months.month_start,
        months.begins_at,
        months.ends_at

),

added_up as (

    select
        counted.*,
        lists.listed_at,
        coalesce(lists.listed_at <= counted.begins_at, false) as is_known,
        sum(counted.member_change) over (
            partition by counted.guild_id
            order by counted.month_start asc
        )::bigint as member_count

    from counted

    left join lists
        on counted.guild_id = lists.guild_id

)

select
    guild_id,
    month_start,
    listed_at,
    is_known,
    case when listed_at < ends_at then member_count end as member_count,
    {% for column in [
        'join_count', 'leave_count', 'possible_leave_count', 'leaves_under_1_day',
        'leaves_under_7_days', 'leaves_under_28_days', 'leaves_later'
    ] -%}
    case when is_known then {{ column }} end as {{ column }},
    {% endfor -%}
    join_message_count

from added_up
