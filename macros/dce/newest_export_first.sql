{#- The order of exports, which is not that of their import: the exporter's clock and, where
    two agree or tell nothing, the file's hash. -#}
{% macro newest_export_first() -%}
    exported_at desc nulls last, file_hash desc, file_ordinal desc
{%- endmacro %}
