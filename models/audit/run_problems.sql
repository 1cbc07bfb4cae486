{{ config(materialized='view') }}

with

runs as (

    select * from {{ ref('stg_discord__runs') }}

),

checkpoints as (

    select * from {{ ref('stg_discord__checkpoints') }}

),

problems as (

    select
        runs.run_id,
        part.kind,
        problem.what,
        problem.reason,
        runs.started_at as run_started_at,
        -- names may hold anything; the id that we put behind one is the last
        substring(
            problem.what from '^(?:#.* \(|channel |--channel-id )([0-9]{15,20})\)?$'
        ) as channel_id_text,
        coalesce(
            substring(problem.what from '^guild ([0-9]{15,20})(?:,|$)'),
            substring(problem.what from '^[^#].* \(([0-9]{15,20})\)$')
        ) as guild_id_text

    from runs

    cross join
        lateral (
            values
            ('failed', runs.failures),
            ('refused', runs.refusals)
        ) as part (kind, told)

    cross join lateral jsonb_each_text(part.told) as problem (what, reason)

),

problems_typed as (

    select
        *,
        {{ safe_bigint('channel_id_text') }} as channel_id,
        {{ safe_bigint('guild_id_text') }} as named_guild_id

    from problems

)

select
    problems_typed.run_id,
    problems_typed.kind,
    problems_typed.what,
    problems_typed.reason,
    problems_typed.channel_id,
    problems_typed.run_started_at,
    coalesce(problems_typed.named_guild_id, checkpoints.guild_id) as guild_id

from problems_typed

left join checkpoints
    on problems_typed.channel_id = checkpoints.channel_id
