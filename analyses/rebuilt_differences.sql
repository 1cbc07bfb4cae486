-- Rows of a table that a copy made before a rebuild has and it has not, or the other way.
{%- set table = ref(var('table', 'messages')) %}

with

copied as (

    select to_jsonb(stored) as row from {{ copy_of(table, var('copies', 'before')) }} as stored

),

rebuilt as (

    select to_jsonb(stored) as row from {{ table }} as stored

),

only_copied as (

    select row from copied
    except all
    select row from rebuilt

),

only_rebuilt as (

    select row from rebuilt
    except all
    select row from copied

)

select
    'copied' as only_in,
    row

from only_copied

union all

select
    'rebuilt' as only_in,
    row

from only_rebuilt
