{#- Post-hook of message_words: where somebody has created the extension pg_trgm, an index of
    messages by the substrings of their text. It takes as much room as the text itself, so
    it is not made unasked. -#}
{% macro index_substrings(messages) -%}
    {%- if is_building() -%}
    do $substrings$
    begin
        if exists (select from pg_extension where extname = 'pg_trgm') then
            create index if not exists messages_content_trgm
            on {{ messages }} using gin (content gin_trgm_ops);
        end if;
    end
    $substrings$
    {%- endif -%}
{%- endmacro %}
