{#- Post-hook of channels: a role, a parent or a refusal changes what stands in a row that
    no new page brought. -#}
{% macro follow_standings(standings) -%}
    {%- set present = ref(standings) -%}
    {%- if is_building() and not flags.EMPTY -%}
    update {{ this }} as stored
    set
        audience = present.audience,
        is_hidden = present.is_hidden,
        is_deleted = present.is_deleted,
        deleted_after = case when present.is_deleted then stored.observed_at end,
        deleted_before = present.deleted_before,
        deletion_page_id = present.deletion_page_id
    from {{ present }} as present
    where
        stored.channel_id = present.channel_id
        and (
            stored.audience, stored.is_hidden, stored.is_deleted, stored.deletion_page_id
        ) is distinct from (
            present.audience, present.is_hidden, present.is_deleted, present.deletion_page_id
        )
    {%- endif -%}
{%- endmacro %}
