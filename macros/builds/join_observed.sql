{#- Join what the pages of this build show in messages, `observed`, to the messages that such a
    page told last, `touched`, whose column `page_id` names it. An incremental build keeps
    the messages of which there is nothing (any more), by a full join: a left one may read
    one side again for every row of the other, where the planner does not know yet how much
    a build has brought. For it not to see that this one could be a left join, what drops
    the other side's rows is hidden in a case. -#}
{% macro join_observed(page_id) -%}
    {{ 'full' if adds_rows() else 'inner' }} join observed
        on
            touched.channel_id = observed.channel_id
            and touched.message_id = observed.message_id
            and touched.{{ page_id }} = observed.page_id

    where case when touched.message_id is null then false else true end
{%- endmacro %}
