{{ config(unique_key=['role_id', 'page_id'], meta={'place': 'reference'}) }}

{% set state = [
    'guild_id', 'name', 'permissions', 'position', 'primary_color', 'secondary_color',
    'tertiary_color', 'icon', 'unicode_emoji', 'is_hoisted', 'is_managed', 'is_mentionable',
    'flags', 'is_deleted'
] %}
{% set open_roles %}
    select listed.role_id from {{ this }} as listed
    where listed.guild_id in (
        select sightings.guild_id from sightings
        union all
        select covered.guild_id from covered
    )
{% endset %}

with

covered as (

    select * from {{ ref('int_lists_covered') }}

    where
        {{ is_new_page() }}
        and resource = 'roles'

),

sightings as (

    select distinct on (role_id, page_id)
        *,
        false as is_deleted

    from {{ ref('stg_discord__roles') }}

    where
        {{ is_new_page() }}
        and role_id is not null

    order by role_id asc, page_id asc, ordinal desc

),

seen as (

    select
        role_id,
        {% for column in state %}
        {{ column }},
        {% endfor %}
        page_id,
        fetched_at as observed_at,
        null::timestamptz as valid_from,
        false as is_stored

    from sightings

    {{ open_states('role_id', state, open_roles) }}

),

known as (

    select
        guild_id,
        role_id,
        min(page_id) as page_id

    from seen

    group by guild_id, role_id

),

absences as (

    select
        known.role_id,
        covered.page_id,
        covered.observed_at

    from covered

    inner join known
        on
            covered.guild_id = known.guild_id
            and covered.low_id < known.role_id
            and covered.high_id >= known.role_id
            and covered.page_id > known.page_id

    where not exists (
        select from seen
        where
            seen.role_id = known.role_id
            and seen.page_id = covered.page_id
    )

),

observations as (

    select
        *,
        true as is_sighting
    from seen

    union all

    select
        role_id,
        {% for column in state %}
        null as {{ column }},
        {% endfor %}
        page_id,
        observed_at,
        null as valid_from,
        false as is_stored,
        false as is_sighting

    from absences

),

numbered as (

    select
        *,
        count(*) filter (where is_sighting)
            over (partition by role_id order by page_id asc)
            as sighting_number

    from observations

),

-- a role that is gone keeps what it was when last seen
events as (

    select
        role_id,
        {% for column in state if column != 'is_deleted' %}
        first_value({{ column }}) over sighting as {{ column }},
        {% endfor %}
        coalesce(is_deleted, true) as is_deleted,
        page_id,
        observed_at,
        valid_from,
        is_stored

    from numbered

    window sighting as (partition by role_id, sighting_number order by page_id asc)

),

{{ state_periods('events', 'role_id', state) }}

select
    role_id,
    {% for column in state %}
    {{ column }},
    {% endfor %}
    valid_from,
    valid_to,
    page_id,
    observed_at

from periods

where
    not is_stored
    or valid_to is not null
