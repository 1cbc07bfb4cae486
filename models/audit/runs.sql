{{ config(materialized='view') }}

with

runs as (

    select * from {{ ref('stg_discord__runs') }}

),

problems as (

    select
        run_id,
        count(*) filter (where kind = 'failed') as failed_count,
        count(*) filter (where kind = 'refused') as refused_count

    from {{ ref('run_problems') }}

    group by run_id

)

select
    runs.run_id,
    runs.command,
    runs.program_version,
    runs.error,
    runs.exit_code,
    runs.guild_count,
    runs.request_count,
    runs.page_count,
    runs.message_count,
    runs.new_message_count,
    runs.started_at,
    runs.finished_at,
    case
        when runs.finished_at is null then 'unfinished'
        when runs.exit_code = 0 then 'done'
        when runs.exit_code = 3 then 'partly failed'
        else 'failed'
    end as outcome,
    coalesce(problems.failed_count, 0) as failed_count,
    coalesce(problems.refused_count, 0) as refused_count

from runs

left join problems
    on runs.run_id = problems.run_id
