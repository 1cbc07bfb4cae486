{#- The weeks of channels whose roots may have changed, or got another response: what
    message_responses computes again, as wholes. A message can tell of the day before
    (it answers) and of half an hour later (its author is not silent any more); with a
    clock put back, the day before may begin in the week before on a Tuesday, too. `history`
    is channel_history. -#}
{% macro touched_roots(messages, history) -%}
    {%- set is_news = is_new_page() ~ ' or ' ~ is_new_page('deletion_page_id') %}
    select distinct
        days.channel_id,
        {{ week_start('days.activity_date + shift.days') }} as week_start

    from (
        select distinct channel_id, {{ reporting_date('created_at') }} as activity_date
        from {{ messages }}
        where {{ is_news }}
    ) as days

    cross join (values (-2), (0), (1)) as shift (days)
    {% if adds_rows() %}

    union

    -- what a reply answers
    select
        replies.channel_id,
        {{ week_of_id('replies.referenced_message_id') }}

    from {{ messages }} as replies

    where
        {{ is_new_page('replies.page_id') }}
        and replies.type_name = 'reply'
        and replies.referenced_message_id is not null

    union

    -- what a thread or a post began with, where something was written in it
    select
        beginning.channel_id,
        {{ week_of_id('news.channel_id') }}

    from (
        select distinct channel_id from {{ messages }} where {{ is_news }}
    ) as news

    left join {{ history }} as present
        on
            news.channel_id = present.channel_id
            and present.valid_to is null

    cross join lateral (values (news.channel_id), (present.parent_id)) as beginning (channel_id)

    where
        present.is_thread is not false
        and beginning.channel_id is not null

    union

    -- what a thread began with, now that it is known, or known to be another's
    select
        states.parent_id,
        {{ week_of_id('news.channel_id') }}

    from {{ history }} as news

    inner join {{ history }} as states
        on news.channel_id = states.channel_id

    where
        {{ is_new_page('news.page_id') }}
        and states.parent_id is not null

    union

    -- all of a channel that turns out to be a thread
    select
        news.channel_id,
        posted.week_start

    from {{ history }} as news

    left join
        lateral (
            select earlier.is_thread
            from {{ history }} as earlier
            where
                news.channel_id = earlier.channel_id
                and news.page_id > earlier.page_id
            order by earlier.page_id desc
            limit 1
        ) as before
        on true

    cross join
        lateral (
            select distinct {{ week_start(reporting_date('said.created_at')) }} as week_start
            from {{ messages }} as said
            where news.channel_id = said.channel_id
        ) as posted

    where
        {{ is_new_page('news.page_id') }}
        and coalesce(news.is_thread, false) != coalesce(before.is_thread, false)
    {% endif %}
{%- endmacro %}
