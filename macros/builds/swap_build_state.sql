{% macro swap_build_state(relation, range) -%}
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
    end
    $$
{%- endmacro %}
