-- Ten questions of one channel, asked before the window's end, with the first response to
-- each: those with most reactions to both, then the younger ones. Whatever is deleted, or
-- stands where it may not be quoted, is left out. A forum is asked for its posts.
with

places as (

    select channel_id

    from discord.channels

    where
        guild_id = %(guild_id)s
        and (channel_id = %(channel_id)s or parent_id = %(channel_id)s)
        and channel_id = any(%(quotable_channel_ids)s)

),

asked as (

    select
        responses.channel_id,
        responses.message_id,
        responses.response_channel_id,
        responses.response_message_id

    from marts.message_responses as responses

    inner join places
        on responses.channel_id = places.channel_id

    where
        responses.is_question
        and not responses.is_deleted
        and responses.created_at < %(ends_at)s
        and responses.response_channel_id = any(%(quotable_channel_ids)s)

),

told as (

    select
        question.guild_id as question_guild_id,
        question.channel_id as question_channel_id,
        question.message_id as question_message_id,
        question.author_id as question_user_id,
        question.content as question_content,
        question.edited_at as question_edited_at,
        answer.guild_id as answer_guild_id,
        answer.channel_id as answer_channel_id,
        answer.message_id as answer_message_id,
        answer.author_id as answer_user_id,
        answer.content as answer_content,
        answer.edited_at as answer_edited_at

    from asked

    inner join discord.messages as question
        on
            asked.channel_id = question.channel_id
            and asked.message_id = question.message_id

    inner join discord.messages as answer
        on
            asked.response_channel_id = answer.channel_id
            and asked.response_message_id = answer.message_id

    where
        question.is_human
        and not question.is_deleted
        and answer.is_human
        and not answer.is_deleted

),

counted as (

    select
        told.*,
        (
            select coalesce(sum(given.count), 0)::bigint
            from discord.reactions as given
            where
                told.question_channel_id = given.channel_id
                and told.question_message_id = given.message_id
        ) as question_reaction_count,
        (
            select coalesce(sum(given.count), 0)::bigint
            from discord.reactions as given
            where
                told.answer_channel_id = given.channel_id
                and told.answer_message_id = given.message_id
        ) as answer_reaction_count

    from told

)

select
    counted.*,
    askers.global_name as question_global_name,
    askers.username as question_username,
    helpers.global_name as answer_global_name,
    helpers.username as answer_username

from counted

left join discord.users as askers
    on counted.question_user_id = askers.user_id

left join discord.users as helpers
    on counted.answer_user_id = helpers.user_id

order by
    counted.question_reaction_count + counted.answer_reaction_count desc,
    counted.question_message_id desc

limit 10
