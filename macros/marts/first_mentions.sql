{#- The first message of a CTE `nearby` in which another person mentions the author of a
    message of a CTE `roots` (channel_id, week_start, message_id, author_id, created_at)
    within 24 hours. Mentions are told apart before they are joined (offset 0): few have any. -#}
{% macro first_mentions() -%}
    select
        roots.channel_id,
        roots.message_id,
        min(mentioning.message_id) as answer_id

    from (
        select
            nearby.channel_id,
            nearby.week_start,
            nearby.message_id,
            nearby.author_id,
            nearby.created_at,
            mentioned.user_id
        from nearby
        cross join unnest(nearby.mentioned_user_ids) as mentioned (user_id)
        offset 0
    ) as mentioning

    inner join roots
        on
            mentioning.channel_id = roots.channel_id
            and mentioning.week_start = roots.week_start
            and mentioning.user_id = roots.author_id
            and mentioning.author_id != roots.author_id
            and mentioning.message_id > roots.message_id
            and mentioning.created_at - roots.created_at <= interval '24 hours'

    group by roots.channel_id, roots.message_id
{%- endmacro %}
