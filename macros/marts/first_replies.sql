{#- The first reply by another person to each message of a CTE `roots` (channel_id,
    message_id, author_id). What an incremental build answers is looked up root by root. -#}
{% macro first_replies(messages, message_references) -%}
    select
        roots.channel_id,
        roots.message_id,
        min(answers.message_id) as answer_id,
        (array_agg(answers.author_id order by answers.message_id asc))[1] as author_id

    from roots

    cross join
        lateral (
            select stored.message_id
            from {{ message_references }} as stored
            where
                roots.channel_id = stored.channel_id
                and roots.message_id = stored.referenced_message_id
                and stored.kind = 'reply'
            {{ 'offset 0' if adds_rows() }}
        ) as pointers

    cross join
        lateral (
            select
                stored.message_id,
                stored.author_id
            from {{ messages }} as stored
            where
                roots.channel_id = stored.channel_id
                and pointers.message_id = stored.message_id
                and stored.is_human
            {{ 'offset 0' if adds_rows() }}
        ) as answers

    where
        roots.message_id < answers.message_id
        and roots.author_id != answers.author_id

    group by roots.channel_id, roots.message_id
{%- endmacro %}
