{#- Whether a text asks something: version 1 of the detector of message_responses, and a
    heuristic. Without code, quotes and addresses (of pages, people, channels), there is a
    question mark that ends something (that of Chinese and Japanese, and the inverted one,
    anywhere), the ending of a Chinese or Japanese question, or a question word to begin
    with (not an exclamation of Spanish: ¡Qué bien!). The model's CTE question_words holds those. Collated as bytes, and without classes
    of letters, it says the same in every database. -#}
{% macro is_question(content) -%}
    ({{ may_be_question(content) }} and (
        select
            begun.said
            ~ '[¿\uff1f]|[?\u061f\u037e]($|[^0-9A-Za-z_/=&%])|[か吗嗎]($|[\s。！!.…])'
            or coalesce({{ lower_case('begun.head') }} ~ (
                select
                    '^((' || string_agg(word, '|') filter (where language not in ('ja', 'zh'))
                    || ')($|[\s,.:;!?…"''*_~|)])|('
                    || string_agg(word, '|') filter (where language in ('ja', 'zh')) || '))'
                from question_words
            ), false)
        from (
            select
                own.said,
                -- (no longer than words are: the rest need not be folded)
                left(
                    regexp_replace(
                        own.said,
                        '^[^\u00a10-9A-Za-z\u00c0-\u024f\u0400-\u04ff\u3040-\u9fff]+', ''
                    ),
                    32
                ) as head
            from (values ({{ said_in_own_words(content) }})) as own (said)
            offset 0
        ) as begun
    ))
{%- endmacro %}
