{#- Changes when the model, any model or seed it is made from, or a rule of typing or of
    time changes: rows built before and after such a change must not stand in one table. -#}
{% macro model_fingerprint(node, rules) -%}
    {%- set parts = [node.checksum.checksum] -%}
    {%- for parent in upstream_nodes(node) -%}
        {%- do parts.append(parent.unique_id ~ ' ' ~ parent.checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5((parts | sort + rules) | join('\n'))) }}
{%- endmacro %}
