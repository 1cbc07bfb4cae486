{#- False for most texts that is_question() says no to, at a third of its price: there is no
    mark in it that could ask, nothing to be left out, and it begins with no first word of a
    question, nor in a script without spaces. -#}
{% macro may_be_question(content) -%}
    (
        {{ content }} ~ '[`<>]|://|[?¿か吗嗎\uff1f\u061f\u037e]'
        or (
            select
                begun.word >= 'ぁ' collate "C"
                or {{ lower_case('begun.word') }} in (
                    select substring(word from '^[^\s,.:;!?…"''*_~|)]+') from question_words
                )
            from (
                select first.word
                from (values (substring(
                    {{ content }} collate "C",
                    '[\u00a10-9A-Za-z\u00c0-\u024f\u0400-\u04ff\u3040-\u9fff][^\s,.:;!?…"''’*_~|)]*'
                ))) as first (word)
                offset 0
            ) as begun
        )
    )
{%- endmacro %}
