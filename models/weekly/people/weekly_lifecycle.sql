{{
    config(
        incremental_strategy='replace_all',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference'}
    )
}}

with

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

),

people as (

    select * from {{ ref('weekly_user_lifecycle') }}

),

coverage as (

    select * from {{ ref('guild_coverage') }}

    where is_backfill_complete

),

counted as (

    select
        guild_id,
        week_start,
        count(*) filter (where message_count > 0) as active_count,
        {% for tier in ['retained', 'new', 'resurrected', 'dormant'] -%}
        count(*) filter (where tier = '{{ tier }}') as {{ tier }}_count,
        {% endfor -%}
        count(*) filter (where is_consistent) as consistent_count,
        count(*) filter (where is_vital) as vital_count,
        count(*) filter (where tier = 'dormant' and has_been_consistent)
            as dormant_consistent_count

    from people

    group by 1, 2

),

filled as (

    select
        weeks.guild_id,
        weeks.week_start,
        coalesce(counted.active_count, 0) as active_count,
        coalesce(counted.retained_count, 0) as retained_count,
        case when coverage.guild_id is not null then coalesce(counted.new_count, 0) end
            as new_count,
        case when coverage.guild_id is not null then coalesce(counted.resurrected_count, 0) end
            as resurrected_count,
        coalesce(counted.dormant_count, 0) as dormant_count,
        coalesce(counted.consistent_count, 0) as consistent_count,
        coalesce(counted.vital_count, 0) as vital_count,
        coalesce(counted.dormant_consistent_count, 0) as dormant_consistent_count

    from weeks

    left join counted
        on
            weeks.guild_id = counted.guild_id
            and weeks.week_start = counted.week_start

    left join coverage
        on weeks.guild_id = coverage.guild_id

)

select * from filled
