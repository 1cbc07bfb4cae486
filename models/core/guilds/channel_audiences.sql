{{
    config(
        incremental_strategy='replace_all',
        unique_key=['channel_id', 'valid_from'],
        meta={'place': 'reference'}
    )
}}

-- Computed whole: a role of the guild decides about all its channels, and a channel about
-- its threads.
with

channel_states as (

    select
        history.*,
        channel_types.name as type_name,
        coalesce(history.valid_to, 'infinity') as ended_at

    from {{ ref('channel_history') }} as history

    left join {{ ref('channel_types') }} as channel_types
        on history.type = channel_types.type

),

overwrites as (

    select * from {{ ref('int_everyone_overwrites') }}

),

everyone as (

    select
        guild_id,
        permissions,
        valid_from,
        coalesce(valid_to, 'infinity') as ended_at

    from {{ ref('role_history') }}

    where
        role_id = guild_id
        -- two states of one instant: only the later one was ever in force
        and coalesce(valid_to > valid_from, true)

),

-- before it was first seen, what @everyone may do is unknown
everyone_ever as (

    select * from everyone

    union all

    select
        guild_id,
        null as permissions,
        '-infinity' as valid_from,
        min(valid_from) as ended_at

    from everyone

    group by guild_id

),

channel_rules as (

    select
        channel_states.channel_id,
        channel_states.type_name,
        channel_states.is_hidden,
        everyone_ever.permissions,
        overwrites.allow,
        overwrites.deny,
        greatest(channel_states.valid_from, everyone_ever.valid_from) as valid_from,
        least(channel_states.ended_at, everyone_ever.ended_at) as ended_at

    from channel_states

    inner join overwrites
        on
            channel_states.channel_id = overwrites.channel_id
            and channel_states.page_id = overwrites.page_id

    left join everyone_ever
        on
            channel_states.guild_id = everyone_ever.guild_id
            and channel_states.valid_from < everyone_ever.ended_at
            and channel_states.ended_at > everyone_ever.valid_from

    where channel_states.valid_from < channel_states.ended_at

),

permitted as (

    select
        *,
        {{ has_permission('permissions', 'administrator') }} as is_administrator,
        {% for name in ['view_channel', 'read_message_history', 'connect'] %}
        {{ has_permission('allow', name) }}
        or ({{ has_permission('permissions', name) }} and not {{ has_permission('deny', name) }})
            as may_{{ name }},
        {% endfor %}
        permissions + allow + deny is not null as are_rules_known

    from channel_rules

),

channel_periods as (

    select
        channel_id,
        case
            when type_name in ('dm', 'group_dm') then 'unknown'
            when is_hidden then 'private'
            when is_administrator then 'public'
            when not are_rules_known then 'unknown'
            when
                may_view_channel
                and may_read_message_history
                and (may_connect or type_name is null or type_name not in ('voice', 'stage_voice'))
                then 'public'
            else 'restricted'
        end as audience,
        valid_from,
        ended_at

    from permitted

),

-- before its parent was first seen, a thread's audience is unknown
parent_periods as (

    select * from channel_periods

    union all

    select
        channel_id,
        'unknown' as audience,
        '-infinity' as valid_from,
        min(valid_from) as ended_at

    from channel_periods

    group by channel_id

),

thread_periods as (

    select
        channel_states.channel_id,
        case
            when channel_states.is_hidden or channel_states.type_name = 'private_thread'
                then 'private'
            when channel_states.type_name is null then 'unknown'
            else coalesce(parent_periods.audience, 'unknown')
        end as audience,
        greatest(channel_states.valid_from, parent_periods.valid_from) as valid_from,
        least(channel_states.ended_at, parent_periods.ended_at) as ended_at

    from channel_states

    left join parent_periods
        on
            channel_states.parent_id = parent_periods.channel_id
            and channel_states.valid_from < parent_periods.ended_at
            and channel_states.ended_at > parent_periods.valid_from

    where
        channel_states.is_thread
        and channel_states.valid_from < channel_states.ended_at

),

periods as (

    select * from channel_periods
    union all
    select * from thread_periods

),

compared as (

    select
        *,
        lag(audience) over (partition by channel_id order by valid_from asc) as previous

    from periods

)

select
    channel_id,
    audience,
    valid_from,
    lead(valid_from) over (partition by channel_id order by valid_from asc) as valid_to

from compared

where audience is distinct from previous
