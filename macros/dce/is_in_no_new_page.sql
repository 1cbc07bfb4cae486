{#- Whether no new page of the API shows a message of `exports`: what the API tells, no export
    tells better. -#}
{% macro is_in_no_new_page(exports) -%}
    not exists (
        select
        from {{ ref('stg_discord__messages') }} as observed
        where
            {{ is_new_page('observed.page_id') }}
            and {{ exports }}.channel_id = observed.channel_id
            and {{ exports }}.message_id = observed.message_id
    )
{%- endmacro %}
