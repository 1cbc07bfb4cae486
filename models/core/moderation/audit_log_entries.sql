{{ config(unique_key='audit_log_entry_id', meta={'place': 'reference'}) }}

with

audit_log_actions as (

    select * from {{ ref('audit_log_actions') }}

),

new_entries as (

    select * from {{ ref('stg_discord__audit_log_entries') }}

    where
        {{ is_new_page() }}
        and audit_log_entry_id is not null

),

latest as (

    select distinct on (audit_log_entry_id)
        *,
        first_value(fetched_at) over (
            partition by audit_log_entry_id
            order by page_id asc, ordinal asc
        ) as archived_at

    from new_entries

    order by audit_log_entry_id asc, page_id desc, ordinal desc

),

named as (

    select
        latest.audit_log_entry_id,
        latest.guild_id,
        latest.user_id,
        latest.action_type,
        audit_log_actions.name as action_type_name,
        latest.target_id,
        latest.changes,
        latest.options,
        latest.reason,
        {{ snowflake_to_timestamp('latest.audit_log_entry_id') }} as created_at,
        latest.page_id,
        latest.ordinal,
        {{ archived_at() }} as archived_at,
        latest.fetched_at as observed_at

    from latest

    left join audit_log_actions
        on latest.action_type = audit_log_actions.type

)

select * from named
