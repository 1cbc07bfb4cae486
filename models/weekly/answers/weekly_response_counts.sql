{{
    config(
        incremental_strategy='replace_children',
        unique_key=['guild_id', 'week_start'],
        meta={'place': 'reference', 'child_key': 'root_count'}
    )
}}

{%- set endings = ['', '_or_inferred'] %}
{%- set horizons = [('1h', 3600), ('24h', 86400), ('7d', 604800)] %}
{%- set places = [('median', 0.5), ('p90', 0.9)] %}

with

touched_channels as (

    {{ touched_roots(ref('messages'), ref('channel_history')) }}

),

touched as (

    select distinct
        days.guild_id,
        touched_channels.week_start

    from touched_channels

    cross join
        lateral (
            select daily.guild_id
            from {{ ref('daily_user_channel_activity') }} as daily
            where
                touched_channels.channel_id = daily.channel_id
                and touched_channels.week_start = {{ week_start('daily.activity_date') }}
                and daily.activity_date
                between touched_channels.week_start and touched_channels.week_start + 6
                and daily.guild_id is not null
            {{ 'offset 0' if is_incremental() }}
        ) as days

),

roots as (

    select
        touched.guild_id,
        touched.week_start,
        responses.is_question,
        responses.response_seconds,
        least(responses.response_seconds, responses.inferred_seconds)
            as response_or_inferred_seconds

    from touched

    inner join {{ ref('message_responses') }} as responses
        on
            touched.guild_id = responses.guild_id
            and touched.week_start = responses.week_start

    where not responses.is_deleted

),

counted as (

    select
        guild_id,
        week_start,
        {% for ending in endings %}
        {% for horizon, seconds in horizons %}
        count(*) filter (where response{{ ending }}_seconds <= {{ seconds }})
            as answered_{{ horizon }}{{ ending }}_count,
        {% endfor %}
        {% for name, place in places %}
        {{ percentile_within('response' ~ ending ~ '_seconds', place, 604800) }}
            as {{ name }}_response{{ ending }}_seconds,
        {% endfor %}
        {% endfor %}
        count(*) as root_count,
        count(*) filter (where is_question) as question_count

    from roots

    group by guild_id, week_start

)

-- a touched week without roots (any more) sends one row without a count
select
    touched.guild_id,
    touched.week_start,
    {% for ending in endings %}
    {% for horizon, _ in horizons %}
    counted.answered_{{ horizon }}{{ ending }}_count,
    {% endfor %}
    {% for name, _ in places %}
    counted.{{ name }}_response{{ ending }}_seconds,
    {% endfor %}
    {% endfor %}
    counted.root_count,
    counted.question_count

from touched

left join counted
    on
        touched.guild_id = counted.guild_id
        and touched.week_start = counted.week_start
{% if not is_incremental() %}

where counted.root_count is not null
{% endif %}
