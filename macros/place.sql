{#- Post-hook of all that is a table: where its rows live on a distributed Postgres (Citus),
    as config.meta.place says: in shards by channel_id or user_id, or whole on every node.
    On a plain Postgres this does nothing. The blocks are nested because names that only
    Citus knows must not even be read without it. -#}
{% macro place() -%}
    {%- if execute and flags.WHICH in ['run', 'build', 'seed']
        and config.get('materialized') != 'view' -%}
    {%- set column = config.get('meta')['place'] -%}
    do $place$
    begin
        if exists (select from pg_extension where extname = 'citus') then
            if not exists (
                select from pg_dist_partition where logicalrelid = '{{ this }}'::regclass
            ) then
                {% if column == 'reference' -%}
                    perform create_reference_table('{{ this }}');
                {%- else -%}
                    perform create_distributed_table(
                        '{{ this }}', '{{ column }}',
                        -- users share no key with messages, only its type
                        colocate_with => '{{ 'default' if column == 'channel_id' else 'none' }}'
                    );
                {%- endif %}
                perform truncate_local_data_after_distributing_table('{{ this }}');
            end if;
        end if;
    end
    $place$
    {%- endif -%}
{%- endmacro %}
