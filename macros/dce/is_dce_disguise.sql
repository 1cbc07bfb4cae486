{#- Whether an author of an export is a webhook's disguise. The exporter calls webhooks bots;
    a bot has a discriminator of its own, and they have none. -#}
{% macro is_dce_disguise(author) -%}
    coalesce(
        {{ author }} ->> 'isBot' = 'true' and {{ author }} ->> 'discriminator' = '0000',
        false
    )
{%- endmacro %}
