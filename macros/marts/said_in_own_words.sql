{#- A message's text without code, quotes and addresses: of pages, and what Discord writes
    for people, channels, emojis and times. What ends a sentence after an address stays.
    (Most texts have nothing of the kind, which is soon seen.) -#}
{% macro said_in_own_words(content) -%}
    case
        when {{ content }} ~ '[`<>]|://'
            then regexp_replace(
                {{ content }} collate "C",
                '```([^`]|`[^`]|``[^`])*```|`[^`]*`|(^|\n)[ \t]*(>>> .*|> [^\n]*)'
                || '|<[^<>\s]+>|https?://[^\s]*[^\s?!.,)]',
                ' ', 'g'
            )
        else {{ content }}
    end
{%- endmacro %}
