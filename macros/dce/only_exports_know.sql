{#- Whether no page of the API, new or read before, has ever shown a message of `exports`. -#}
{% macro only_exports_know(exports) -%}
    {{ is_in_no_new_page(exports) }}
    {% if adds_rows() -%}
    and not exists (
        select
        from {{ this }} as stored
        where
            {{ exports }}.channel_id = stored.channel_id
            and {{ exports }}.message_id = stored.message_id
            and stored.source = 'api'
    )
    {%- endif %}
{%- endmacro %}
