{#- What the macros that models are written with say now. dbt's checksum of a model is that
    of its file, which stays the same when a macro in it changes. Numbers are checked in one
    of two ways, which give the same rows: both are rendered, wherever this runs, so that an
    archive may move to another server. -#}
{% macro rendered_rules() -%}
    {#- raised when one of those changes its meaning that only a model can render:
        archived_at, exported_observations, first_replies, follow_archived_at,
        follow_standings, is_in_no_new_page, is_not_outranked, join_observed, join_weeks,
        kept_content, mark_deleted, messages_around_weeks, messages_left_open,
        messages_of_weeks, not_deleted, observed_at, only_exports_know, open_states,
        touched_people, touched_roots, touched_weeks -#}
    {%- set rules = ['version 1 of what writes rows'] -%}
    {%- for version in [150000, 160000] -%}
        {%- do graph.update({'server_version': version}) -%}
        {%- do rules.extend([
            asked_after('request', 'is_list'),
            changed_at('edited_before', 'seen_before', 'edited_after', 'seen_after'),
            components_text('components'),
            dce_color('text'),
            dce_discriminator('person'),
            dce_embeds('json'),
            dce_emoji_key('emoji_id', 'emoji_name'),
            dce_files('json'),
            dce_number('text', {0: 'name'}),
            dce_observed_at('message', 'exported_at', 'channel_id'),
            dce_profile('person'),
            dce_stickers('json'),
            embeds_text('embeds'),
            files_text('files'),
            first_mentions(),
            id_array('json'),
            id_array('json', 'key'),
            is_dce_disguise('person'),
            is_disguise('message'),
            is_question('content'),
            json_array('json'),
            json_elements('json'),
            lower_case('text'),
            month_start('date'),
            newest_export_first(),
            percentile_within('number', 0.5, 'limit'),
            reporting_clock('instant'),
            reporting_date('instant'),
            reporting_midnight('date'),
            said_in_own_words('content'),
            seconds_between('message_id', 'later_message_id'),
            snowflake_to_timestamp('id'),
            state_periods('events', 'id', ['column']),
            text_array('json'),
            timestamp_to_snowflake('instant'),
            told_by_newest('column', 'condition'),
            url_decode('text'),
            url_expires_at('url'),
            users_covered('users', 'fetches', ['unit'], 'resource'),
            week_of_id('id'),
            week_start('date'),
        ]) -%}
        {%- for permission in [
            'administrator', 'view_channel', 'read_message_history', 'connect'
        ] -%}
            {%- do rules.append(has_permission('bit_set', permission)) -%}
        {%- endfor -%}
        {%- for type in [
            'text', 'bigint', 'integer', 'count', 'numeric', 'boolean', 'timestamptz'
        ] -%}
            {%- do rules.append(typed('json', 'key', type)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do graph.pop('server_version') -%}
    {{ return(rules) }}
{%- endmacro %}
