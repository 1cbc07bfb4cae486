{#- Post-hook, in the model's own transaction: rows and watermark commit together. It
    moves only from where this build began: two builds at once cannot both succeed. A view
    among such models has read nothing. -#}
{% macro advance_build_state() -%}
    {%- if is_building() and is_incremental_model(model) -%}
        {%- set range = pinned_range() -%}
        {%- if not flags.EMPTY -%}
            {{ swap_build_state(relation_key(this), range) }}
        {%- elif range.starts_over -%}
            {#- --empty has just made the table anew, without a row: nothing is read yet -#}
            delete from audit.build_state where relation = '{{ relation_key(this) }}'
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
