{#- What an export tells of somebody's profile, as Discord would write it. The nickname is one
    of three things, so that it tells none of them. The avatar is the one in the guild, if
    there is one, and may have become a file: told is only what is surely the user's own, or
    that they have none. -#}
{% macro dce_profile(person) -%}
    {%- set own_avatar = "^https?://[^/]+/avatars/([0-9]+)/[0-9a-z_]+[.]" -%}
    jsonb_strip_nulls(
        jsonb_build_object(
            'id', {{ person }} ->> 'id',
            'username', nullif({{ person }} ->> 'name', ''),
            'discriminator', {{ dce_discriminator(person) }},
            'bot', {{ typed(person, 'isBot', 'boolean') }}
        )
    )
    || case
        when {{ person }} ->> 'avatarUrl' ~ '^https?://[^/]+/embed/avatars/'
            then '{"avatar": null}'::jsonb
        when substring({{ person }} ->> 'avatarUrl' from '{{ own_avatar }}') = {{ person }} ->> 'id'
            then
                jsonb_build_object(
                    'avatar',
                    substring({{ person }} ->> 'avatarUrl' from '/([0-9a-z_]+)[.][^/]*$')
                )
        else '{}'::jsonb
    end
{%- endmacro %}
