{#- When an export saw what it tells of a message: its own clock, from 2.40.1 on;
    before, it saw the message as of its last edit. A channel is older than all it shows, so
    that there always is an instant. -#}
{% macro dce_observed_at(message, exported_at, channel_id) -%}
    coalesce(
        {{ exported_at }},
        greatest(
            {{ snowflake_to_timestamp(typed(message, 'id', 'bigint')) }},
            {{ typed(message, 'timestampEdited', 'timestamptz') }}
        ),
        {{ snowflake_to_timestamp(channel_id) }}
    )
{%- endmacro %}
