with

weeks as (

    select * from {{ ref('weekly_guild_activity') }}

    where
        {{ is_asked_for('guild_id') }}
        and week_start between
        coalesce({{ parameter('since', 'date') }}, '-infinity')
        and coalesce({{ parameter('until', 'date') }}, 'infinity')

),

guilds as (

    select * from {{ ref('guilds') }}

)

select
    guilds.name as guild,
    weeks.week_start,
    weeks.unique_posters,
    weeks.three_message_posters,
    weeks.new_users,
    weeks.unique_posters - lag(weeks.unique_posters) over (
        partition by weeks.guild_id
        order by weeks.week_start asc
    ) as change,
    weeks.message_count,
    weeks.message_count_at_close,
    weeks.is_final,
    weeks.guild_id

from weeks

left join guilds
    on weeks.guild_id = guilds.guild_id

order by
    weeks.week_start desc,
    weeks.guild_id asc

limit {{ parameter('limit', 'bigint') }}
