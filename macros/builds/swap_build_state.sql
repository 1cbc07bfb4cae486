{#- Where the model's parents stand is asked last: had another build moved one on while this
    one read it, rows that were to be read now would have looked as if they were of later. -#}
{% macro swap_build_state(relation, range) -%}
    {%- set parents = [] -%}
    {%- for node in upstream_nodes(model) if is_incremental_model(node) -%}
        {%- do parents.append("'" ~ relation_key(node) ~ "'") -%}
    {%- endfor -%}
    do $$
    begin
        insert into audit.build_state as stored
            (relation, page_id, fingerprint, reporting_timezone, advanced_by)
        values (
            '{{ relation }}', {{ range.high }}, '{{ range.fingerprint }}',
            '{{ var("reporting_timezone") }}', '{{ invocation_id }}'
        )
        on conflict (relation) do update
        set page_id = excluded.page_id,
            fingerprint = excluded.fingerprint,
            reporting_timezone = excluded.reporting_timezone,
            advanced_by = excluded.advanced_by,
            advanced_at = excluded.advanced_at
        where stored.page_id = {{ range.low }};
        if not found then
            raise exception 'another build has moved {{ relation }} on: run dbt build again';
        end if;
        {% if parents -%}
        if exists (
            select
            from audit.build_ranges as pinned
            left join audit.build_state as present
                on pinned.relation = present.relation
            where
                pinned.invocation_id = '{{ invocation_id }}'
                and pinned.relation in ({{ parents | join(', ') }})
                and pinned.high <> coalesce(present.page_id, 0)
        ) then
            raise exception
                'another build has moved on what {{ relation }} is made from: run dbt build again';
        end if;
        {%- endif %}
    end
    $$
{%- endmacro %}
