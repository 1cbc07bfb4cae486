{#- The people of guilds of whose weeks anything may have changed: what weekly_user_lifecycle
    computes again, as wholes, from the CTEs people, weeks, coverage and vital. A person is
    another one in a week as soon as a week before it changes; as soon as the week has begun;
    as soon as the backfill is complete, or is not any more. `daily` is
    daily_user_channel_activity, `stored` what was computed before. -#}
{% macro touched_people(daily, stored) -%}
    {%- if adds_rows() -%}
    with

    touched as (

        {{ touched_weeks(daily) }}

    ),

    known as not materialized (

        select * from {{ stored }}

    )

    select
        coalesce(told.guild_id, known.guild_id) as guild_id,
        coalesce(told.user_id, known.user_id) as user_id

    from (select people.* from touched {{ join_weeks('people', day='week_start') }}) as told

    full join (
        select known.* from touched {{ join_weeks('known', day='week_start') }}
        where known.message_count > 0
    ) as known
        on
            told.guild_id = known.guild_id
            and told.week_start = known.week_start
            and told.user_id = known.user_id

    where told.message_count is distinct from known.message_count

    union

    select
        people.guild_id,
        people.user_id

    from weeks

    inner join people
        on
            weeks.guild_id = people.guild_id
            and weeks.week_start = people.week_start + 7

    where
        not exists (
            select from known
            where
                weeks.guild_id = known.guild_id
                and weeks.week_start = known.week_start
        )

    union

    select
        known.guild_id,
        known.user_id

    from known

    left join coverage
        on known.guild_id = coverage.guild_id

    where
        case
            when coverage.is_backfill_complete then known.tier is null
            else known.tier in ('new', 'resurrected')
        end

    union

    select
        coalesce(vital.guild_id, was_vital.guild_id) as guild_id,
        coalesce(vital.user_id, was_vital.user_id) as user_id

    from vital

    full join (select * from known where is_vital) as was_vital
        on
            vital.guild_id = was_vital.guild_id
            and vital.week_start = was_vital.week_start
            and vital.user_id = was_vital.user_id

    where
        vital.guild_id is null
        or was_vital.guild_id is null
    {%- else -%}
    select distinct guild_id, user_id from people
    {%- endif %}
{%- endmacro %}
