{#- Whether a text asks something: version 1 of the detector of message_responses, and a
    heuristic. Without code, quotes and addresses (of pages, people, channels), there is a
    question mark that ends something (that of Chinese and Japanese, and the inverted one,
    anywhere), the ending of a Chinese or Japanese question, or a question word to begin
    with. The model's CTE question_words holds those. Collated as bytes, and without classes
    of letters, it says the same in every database. -#}
{% macro is_question(content) -%}
    {{ lower_case(said_in_own_words(content)) }} ~ (
        select
            '[¿\uff1f]|[?\u061f\u037e]($|[^0-9a-z_/=&%])|[か吗嗎]($|[\s。！!.…])'
            || '|^[^0-9a-z\u00c0-\u024f\u0400-\u04ff\u3040-\u9fff]*('
            || '(' || string_agg(word, '|') filter (where language not in ('ja', 'zh'))
            || ')($|[\s,.:;!?…"''*_~|)])|('
            || string_agg(word, '|') filter (where language in ('ja', 'zh')) || '))'
        from question_words
    )
{%- endmacro %}
