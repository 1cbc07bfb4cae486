{#- A message's text without code, quotes and addresses: of pages, and what Discord writes
    for people, channels, emojis and times. What ends a sentence after an address stays. -#}
{% macro said_in_own_words(content) -%}
    regexp_replace(
        {{ content }} collate "C",
        '```([^`]|`[^`]|``[^`])*```|`[^`]*`|(^|\n)[ \t]*(>>> .*|> [^\n]*)'
        || '|<[^<>\s]+>|https?://[^\s]*[^\s?!.,)]',
        ' ', 'g'
    )
{%- endmacro %}
