{{ config(materialized='view') }}

{%- set horizons = [('1h', '1 hour'), ('24h', '24 hours'), ('7d', '168 hours')] %}

with

counts as (

    select
        *,
        {{ reporting_midnight('week_start + 7') }} as ends_at

    from {{ ref('weekly_response_counts') }}

),

coverage as (

    select * from {{ ref('guild_coverage') }}

),

open_roots as (

    select
        responses.guild_id,
        responses.week_start,
        count(*) as open_count

    from {{ ref('message_responses') }} as responses

    inner join coverage
        on responses.guild_id = coverage.guild_id

    where
        not responses.is_deleted
        and responses.response_message_id is null
        and coverage.archived_until - responses.created_at < interval '7 days'
        -- says no more than that, but there is an index of weeks
        and responses.week_start
        >= {{ week_start(reporting_date("(coverage.archived_until - interval '7 days')")) }}

    group by responses.guild_id, responses.week_start

),

unanswered as (

    select
        guild_id,
        week_start,
        count(*) as unanswered_question_count

    from {{ ref('unanswered_questions') }}

    group by guild_id, week_start

)

select
    counts.guild_id,
    counts.week_start,
    counts.root_count,
    counts.question_count,
    {% for ending in ['', '_or_inferred'] -%}
    {% for horizon, length in horizons -%}
    case
        when counts.ends_at + interval '{{ length }}' <= coverage.archived_until
            then counts.answered_{{ horizon }}{{ ending }}_count
    end as answered_{{ horizon }}{{ ending }}_count,
    {% endfor -%}
    {% endfor -%}
    {% for ending in ['', '_or_inferred'] -%}
    {% for name in ['median', 'p90'] -%}
    case
        when counts.ends_at + interval '168 hours' <= coverage.archived_until
            then counts.{{ name }}_response{{ ending }}_seconds
    end as {{ name }}_response{{ ending }}_seconds,
    {% endfor -%}
    {% endfor -%}
    case
        when coverage.archived_until is not null then coalesce(open_roots.open_count, 0)
    end as open_count,
    case
        when coverage.archived_until is not null
            then coalesce(unanswered.unanswered_question_count, 0)
    end as unanswered_question_count

from counts

left join coverage
    on counts.guild_id = coverage.guild_id

left join open_roots
    on
        counts.guild_id = open_roots.guild_id
        and counts.week_start = open_roots.week_start

left join unanswered
    on
        counts.guild_id = unanswered.guild_id
        and counts.week_start = unanswered.week_start
