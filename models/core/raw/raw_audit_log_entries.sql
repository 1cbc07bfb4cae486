{{ config(materialized='view') }}

select
    audit_log_entries.audit_log_entry_id,
    audit_log_entries.page_id,
    {{ raw_element('audit_log_entries', 'audit_log', "body -> 'audit_log_entries'") }} as raw

from {{ ref('audit_log_entries') }} as audit_log_entries
