{#- "if not exists" asks for the right to create even where nothing is created. -#}
{% macro create_build_tables() -%}
    do $$
    begin
        if to_regnamespace('audit') is null then
            create schema audit;
        end if;
        if to_regclass('audit.build_state') is null then
            create table audit.build_state (
                relation text primary key,
                page_id bigint not null,
                fingerprint text not null,
                reporting_timezone text not null,
                advanced_by text not null,
                advanced_at timestamptz not null default now()
            );
            comment on table audit.build_state is
                'One row per incremental model: the last page it has read, and how it was built.';
        end if;
        if to_regclass('audit.build_ranges') is null then
            create table audit.build_ranges (
                invocation_id text not null,
                relation text not null,
                low bigint not null,
                high bigint not null,
                fingerprint text not null,
                reporting_timezone text not null,
                starts_over boolean not null,
                pinned_at timestamptz not null default now(),
                primary key (invocation_id, relation)
            );
            comment on table audit.build_ranges is
                'One row per build and incremental model: the pages (low, high] it was to read.';
        end if;
    end
    $$
{%- endmacro %}
