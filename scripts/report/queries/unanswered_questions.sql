-- Questions of the four weeks up to the window's end that nobody has answered, as of the
-- last complete sync (definitions: unanswered_questions): those of newcomers (who first
-- wrote in the five weeks up to it) first, then the oldest. Only from where all readers may look.
with

questions as (

    select
        guild_id,
        channel_id,
        message_id,
        author_id,
        created_at,
        age_seconds,
        has_inferred_response,
        coalesce(asker_first_week >= %(last_day)s::date - 33, false) as is_newcomer

    from marts.unanswered_questions

    where
        guild_id = %(guild_id)s
        and week_start >= %(last_day)s::date - 34
        and created_at < %(ends_at)s
        and created_at >= %(ends_at)s - interval '28 days'
        and channel_id = any(%(quotable_channel_ids)s)

)

select
    questions.guild_id,
    questions.channel_id,
    questions.message_id,
    questions.age_seconds,
    questions.is_newcomer,
    questions.has_inferred_response,
    messages.content,
    questions.author_id as user_id,
    users.global_name,
    users.username,
    channels.name,
    channels.is_thread,
    channels.parent_id,
    parents.name as parent_name

from questions

inner join discord.messages as messages
    on
        questions.channel_id = messages.channel_id
        and questions.message_id = messages.message_id

left join discord.users as users
    on questions.author_id = users.user_id

left join discord.channels as channels
    on questions.channel_id = channels.channel_id

left join discord.channels as parents
    on channels.parent_id = parents.channel_id

order by
    questions.is_newcomer desc,
    questions.created_at asc,
    questions.message_id asc

limit 10
