{#- Of several exports, what the newest says that tells it at all: by their own clock, where
    one without any is the oldest, then by the file's hash. -#}
{% macro told_by_newest(column, is_told='true') -%}
    (
        array_agg({{ column }} order by exported_at desc nulls last, file_hash desc)
        filter (where {{ is_told }})
    )[1]
{%- endmacro %}
