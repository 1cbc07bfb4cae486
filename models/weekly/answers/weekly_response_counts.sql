{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'root_count'}
    )
}}

with

-- joined to what is touched: materialized, it would hide the indexes and be read whole
daily as not materialized (

    select
        *,
        {{ week_start('activity_date') }} as week_start

    from {{ ref('daily_user_channel_activity') }}

    where guild_id is not null

),

touched_channels as (

    {{ touched_roots(
        ref('messages'), ref('daily_user_channel_activity'), ref('channel_history')
    ) }}

),

touched as (

    select distinct
        daily.guild_id,
        touched_channels.week_start

    from touched_channels

    inner join daily
        on
            touched_channels.channel_id = daily.channel_id
            and touched_channels.week_start = daily.week_start
            and daily.activity_date
            between touched_channels.week_start and touched_channels.week_start + 6

),

roots as (

    select
        responses.guild_id,
        responses.week_start,
        responses.is_question,
        responses.response_seconds,
        least(responses.response_seconds, responses.inferred_seconds)
            as response_or_inferred_seconds

    from {{ ref('message_responses') }} as responses

    where not responses.is_deleted

),

counted as (

    select
        guild_id,
        week_start,
        count(*) as root_count,
        count(*) filter (where is_question) as question_count,
        {% for ending in ['', '_or_inferred'] -%}
        {% set seconds = 'response' ~ ending ~ '_seconds' -%}
        {% for horizon, length in [('1h', 3600), ('24h', 86400), ('7d', 604800)] -%}
        count(*) filter (where {{ seconds }} <= {{ length }})
            as answered_{{ horizon }}{{ ending }}_count,
        {% endfor -%}
        {% for name, place in [('median', 0.5), ('p90', 0.9)] -%}
        round(
            (
                percentile_cont({{ place }}) within group (order by {{ seconds }})
                filter (where {{ seconds }} <= 604800)
            )::numeric
        )::bigint as {{ name }}_{{ seconds }}{{ ',' if not loop.last or not ending }}
        {% endfor -%}
        {% endfor %}

    from roots

    inner join touched using (guild_id, week_start)

    group by 1, 2

)

-- a touched week without roots (any more) sends one row without a count
select
    touched.guild_id,
    touched.week_start,
    counted.root_count,
    counted.question_count,
    {% for ending in ['', '_or_inferred'] -%}
    {% for horizon in ['1h', '24h', '7d'] -%}
    counted.answered_{{ horizon }}{{ ending }}_count,
    {% endfor -%}
    {% for name in ['median', 'p90'] -%}
    counted.{{ name }}_response{{ ending }}_seconds{{ ',' if not loop.last or not ending }}
    {% endfor -%}
    {% endfor %}

from touched

left join counted
    on
        touched.guild_id = counted.guild_id
        and touched.week_start = counted.week_start
{% if not is_incremental() %}

where counted.root_count is not null
{% endif %}
