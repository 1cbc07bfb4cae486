-- Every record of an export, with the export's place in the order of exports. One that is no
-- JSON, or none that jsonb holds, was landed as null and is kept here, to be told.
with

pages as (

    select * from {{ source('dce', 'dce_messages') }}

),

files as (

    select * from {{ ref('stg_dce__files') }}

),

elements as (

    select
        pages.page_id,
        pages.guild_id,
        pages.channel_id,
        pages.file_id,
        element.ordinal,
        element.value as message,
        pages.first_ordinal + element.ordinal - 1 as file_ordinal

    from pages

    cross join
        lateral jsonb_path_query(pages.body, '$[*]')
        with ordinality as element (value, ordinal)

)

select
    elements.page_id,
    elements.guild_id,
    elements.channel_id,
    elements.file_id,
    elements.ordinal,
    elements.file_ordinal,
    elements.message,
    files.exported_at,
    files.file_hash

from elements

inner join files
    on elements.file_id = files.file_id
