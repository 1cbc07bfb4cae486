{#- Whether a message's author is a webhook's disguise: it changes with every message, and no
    such user exists. A bot that answers an interaction is one, though its id is the
    webhook's: it is the application's, too. -#}
{% macro is_disguise(message) -%}
    coalesce(
        {{ message }} ? 'webhook_id' -- few have one
        and {{ message }} ->> 'webhook_id' = {{ message }} #>> '{author,id}'
        and {{ message }} ->> 'webhook_id'
        is distinct from {{ message }} ->> 'application_id',
        false
    )
{%- endmacro %}
