{#- The columns of a row that was just seen, and so is not deleted: mark_deleted() sets them. -#}
{% macro not_deleted() -%}
    false as is_deleted,
    null::timestamptz as deleted_after,
    null::timestamptz as deleted_before,
    null::bigint as deletion_page_id
{%- endmacro %}
