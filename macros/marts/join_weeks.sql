{#- Joins what lies in the weeks of a CTE `touched` (guild_id or another `unit`, week_start):
    rows of the CTE `rows`, which have that unit and a date `day`. In an incremental build
    each week is looked up by itself (offset 0): joined as wholes, the rows would be read
    whole. -#}
{% macro join_weeks(rows, day, unit='guild_id') -%}
    {%- if adds_rows() -%}
    cross join
        lateral (
            select told.*
            from {{ rows }} as told
            where
                touched.{{ unit }} = told.{{ unit }}
                and told.{{ day }} between touched.week_start and touched.week_start + 6
            offset 0
        ) as {{ rows }}
    {%- else -%}
    inner join {{ rows }}
        on
            touched.{{ unit }} = {{ rows }}.{{ unit }}
            and touched.week_start = {{ week_start(rows ~ '.' ~ day) }}
    {%- endif %}
{%- endmacro %}
