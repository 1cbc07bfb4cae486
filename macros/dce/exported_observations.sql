{#- The first steps of a model of messages in exports, as ctes; `observations` is the last:
    whatever exports say of each message that a new one shows. What new exports overlap is
    read again, too: the order in which exports are imported must not matter, so a message is
    made anew from all that show it. -#}
{% macro exported_observations(columns='*') -%}
{#- named here, since dbt finds no ref() in what a first build leaves out -#}
{%- set pages = ref('stg_dce__pages') -%}
{%- if adds_rows() -%}
new_ranges as (

    select
        channel_id,
        min(min_message_id) as least_id,
        max(max_message_id) as greatest_id

    from {{ pages }}

    where {{ is_new_page() }}

    group by
        channel_id,
        file_id

),

overlapping_pages as (

    select distinct known.page_id

    from new_ranges

    inner join {{ pages }} as known
        on
            new_ranges.channel_id = known.channel_id
            and new_ranges.least_id <= known.max_message_id
            and new_ranges.greatest_id >= known.min_message_id

    where {{ is_settled_page('known.page_id') }}

),

-- page by page (offset 0): joined as a whole, all exports would be read
observed as (

    select messages.*

    from overlapping_pages

    cross join
        lateral (
            select {{ columns }}
            from {{ ref('stg_dce__messages') }} as shown
            where
                overlapping_pages.page_id = shown.page_id
                and shown.message_id is not null
            offset 0
        ) as messages

),

touched as (

    select distinct
        channel_id,
        message_id

    from observed

    where {{ is_new_page() }}

),

observations as (

    select observed.*

    from observed

    inner join touched
        on
            observed.channel_id = touched.channel_id
            and observed.message_id = touched.message_id

)
{%- else -%}
observations as (

    select {{ columns }}

    from {{ ref('stg_dce__messages') }}

    where
        {{ is_new_page() }}
        and message_id is not null

)
{%- endif -%}
{%- endmacro %}
