"""The bench measures honest work on honest pages; how fast, is not for tests to say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from extractor.embedded import Embedded
from scripts.bench import __main__ as program
from scripts.bench import extract, limited, peer, queries, quiet, storage
from scripts.bench.bench import Bench
from scripts.bench.counters import grown, reads, sizes
from scripts.bench.table import Row, markdown, placed, size
from scripts.bench.warehouse import Warehouse
from scripts.bench.watch import Peaks, watched
from tests.conftest import administrator
from tests.fake_discord import Limits, Rate, Rates

MESSAGES = 2_000
BEGIN, END = "<!-- bench:marts:begin -->", "<!-- bench:marts:end -->"
UNMARKED = ["", BEGIN, END + BEGIN]


@pytest.fixture(scope="module")
def warehouse(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """Give a warehouse of made-up pages, of which nothing is built."""
    folder = tmp_path_factory.mktemp("bench")
    yield Warehouse.create(postgres, folder, messages=MESSAGES, days=730)
    with administrator(postgres) as connection:
        connection.execute(f"drop database bench_{MESSAGES} with (force)")


def value(warehouse: Warehouse, query: str) -> object:
    """Return the one value of a query's one row."""
    with warehouse.connect() as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


# --- the pages ------------------------------------------------------------------------


def test_pages_are_as_the_extractor_lands_them(warehouse: Warehouse) -> None:
    """Up to 100 messages, newest first, each with its fetch, one after the other."""
    wrong = """
        with

        pages as (

            select
                *,
                array(select (m ->> 'id')::bigint from jsonb_array_elements(body) as m)
                    as ids,
                lag(body -> 0 ->> 'id', 1, '0') over (
                    partition by channel_id order by page_id
                ) as newest_before

            from landing.messages

        )

        select count(*) from pages
        left join landing.fetches as fetches
            on pages.page_id = fetches.fetch_id and pages.request = fetches.request
        where
            fetches.fetch_id is null
            or pages.item_count not between 1 and 100
            or pages.item_count <> cardinality(ids)
            or ids <> array(select i from unnest(ids) as i order by i desc)
            or pages.request ->> 'path'
                <> '/channels/' || pages.channel_id || '/messages'
            or pages.request ->> 'after' <> newest_before
            or newest_before::bigint >= ids[pages.item_count]"""
    messages = """
        select count(distinct m ->> 'id')
        from landing.messages, jsonb_array_elements(body) as m"""

    assert value(warehouse, wrong) == 0
    assert value(warehouse, messages) == MESSAGES
    assert value(warehouse, "select count(*) from landing.guild_syncs") == 3


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        ("jsonb_array_length(m -> 'mentions') > 0", 0.10),
        ("jsonb_typeof(m -> 'referenced_message') = 'object'", 0.15),
        ("m ? 'reactions'", 0.12),
        ("jsonb_array_length(m -> 'attachments') > 0", 0.06),
        ("jsonb_array_length(m -> 'embeds') > 0", 0.05),
        ("m ->> 'webhook_id' is not null", 0.025),
        ("m ? 'message_snapshots'", 0.008),
        ("m ? 'thread'", 0.002),
        ("m ? 'poll'", 0.002),
    ],
)
def test_messages_are_as_various_as_in_a_community(
    warehouse: Warehouse, condition: str, share: float
) -> None:
    """What only some messages have is there, and about as often."""
    measured = value(
        warehouse,
        f"""select (count(*) filter (where {condition}))::double precision / count(*)
        from landing.messages, jsonb_array_elements(body) as m""",
    )

    assert measured == pytest.approx(share, rel=0.4, abs=0.001)


def test_a_message_is_about_as_long_as_discords(warehouse: Warehouse) -> None:
    """A kilobyte of JSON, of which content is a small part."""
    bytes_each = """
        select sum(byte_count) / sum(item_count) from landing.fetches
        where resource = 'messages'"""

    assert value(warehouse, bytes_each) == pytest.approx(1050, rel=0.15)


def test_the_floor_types_every_message(warehouse: Warehouse) -> None:
    """It is no faster for having left something out, and leaves nothing behind."""
    assert warehouse.expand() > 0
    assert value(warehouse, "select to_regclass('bench.floor')") is None
    assert "built" not in sizes(warehouse)


# --- what is counted ------------------------------------------------------------------


def test_rows_read_without_an_index_are_counted_by_table(warehouse: Warehouse) -> None:
    """Two readings of the pages add up; what was not read is not named."""
    pages = value(warehouse, "select count(*) from landing.messages")
    before = reads(warehouse)

    for _ in range(2):
        value(warehouse, "select count(item_count) from landing.messages")

    assert grown(before, reads(warehouse)) == {"landing.messages": 2 * int(str(pages))}


def test_a_table_made_anew_began_at_nothing() -> None:
    """All that was read of it counts, whatever its namesake had counted."""
    before = {1: ("marts.a", 500), 2: ("marts.b", 7)}
    after = {3: ("marts.a", 40), 2: ("marts.b", 7)}

    assert grown(before, after) == {"marts.a": 40}


def test_a_days_news_are_a_thousand_messages_and_some_read_again(
    warehouse: Warehouse,
) -> None:
    """Ten pages of new messages in ten channels; a page of old ones that changed."""
    before = value(warehouse, "select max(page_id) from landing.messages")
    news = f"from landing.messages where page_id > {before}"

    warehouse.land_news(1)

    shape = f"select array_agg(item_count order by item_count desc) {news}"
    counts = value(warehouse, shape)
    assert isinstance(counts, list)
    assert counts[:10] == [100] * 10
    assert len(counts) == 11
    assert value(warehouse, f"select count(distinct channel_id) {news}") == 11


def test_the_server_is_watched_while_something_runs(
    postgres: Embedded, warehouse: Warehouse
) -> None:
    """Its memory, and its temporary files as long as they are there."""
    peaks = Peaks()
    spill = """
        set work_mem = '64kB';
        declare spilling no scroll cursor with hold for
            select n from generate_series(1, 200000) as n order by n desc"""

    with warehouse.connect() as connection:
        connection.execute(spill)
        with watched(postgres, peaks):
            pass

    assert peaks.memory > 1_000_000
    assert peaks.temporary_files > 1_000_000


# --- the table ------------------------------------------------------------------------


def test_a_row_says_how_it_stands_to_its_goal() -> None:
    """Met or missed, and nothing where there is no goal."""
    rows = [
        Row("a build", "20.0 s", "4.00 s: the floor", 5.0, 8),
        Row("rows", "12", ratio=12, goal=0),
        Row("pages", "90 a second", "100 a second", 0.9, least=0.7),
        Row("memory", size(1_234_567_890)),
    ]

    assert markdown(rows).splitlines()[2:] == [
        "| a build | 20.0 s | 4.00 s: the floor | 5 | ≤ 8, met |",
        "| rows | 12 |  | 12 | ≤ 0, missed |",
        "| pages | 90 a second | 100 a second | 0.90 | ≥ 0.7, met |",
        "| memory | 1.23 GB |  |  |  |",
    ]


def test_a_table_takes_the_place_of_the_last_one() -> None:
    """All around the markers stays, and the markers, for the next time."""
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"

    assert placed(page, "marts", "new") == page.replace("old", "new")
    twice = placed(placed(page, "marts", "newer"), "marts", "new")
    assert twice == page.replace("old", "new")


@pytest.mark.parametrize("page", UNMARKED)
def test_a_page_without_its_markers_is_left_alone(page: str) -> None:
    """Where the table goes is never guessed."""
    with pytest.raises(ValueError, match="bench:marts:begin"):
        placed(page, "marts", "new")


def test_the_readme_has_a_place_for_every_subject() -> None:
    """As the bench sees before it measures anything."""
    page = program.README.read_text("utf-8")

    for name in program.SUBJECTS:
        assert "new" in placed(page, name, "new")


def test_nothing_is_measured_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour's work would be lost."""
    monkeypatch.setattr(program, "README", tmp_path / "README.md")

    outcome = CliRunner().invoke(program.main, ["--write", "--only", "marts"])

    assert outcome.exit_code == 1
    assert outcome.output.startswith("Error: cannot write into")


# --- what is asked of the loopback Discord --------------------------------------------


@pytest.fixture
def bench(postgres: Embedded, tmp_path: Path) -> Iterator[Bench]:
    """Give a bench on this server, which holds its databases no longer than that."""
    with administrator(postgres) as connection:
        there = {name for (name,) in connection.execute(_DATABASES)}
        yield Bench(postgres, tmp_path, MESSAGES, repeat=1, tell=lambda _: None)
        made = {name for (name,) in connection.execute(_DATABASES)} - there
        for name in made:
            connection.execute(f"drop database {name} with (force)")


_DATABASES = "select datname from pg_catalog.pg_database"


def test_backfills_are_held_against_what_the_limits_allow(bench: Bench) -> None:
    """Each near by and from far away, and all their refusals."""
    rates = Rates(messages=Rate(5, 0.3), others=Rate(10, 0.3))

    near, far, refused = limited.measured(bench, {"1 channel": [11]}, Limits(rates))

    assert near.what == "Backfill under limits: 1 channel"
    assert far.what == "Backfill under limits: 1 channel, 100 ms away"
    assert near.floor == far.floor == "0.60 s: what the limits allow"
    assert near.ratio is not None
    assert near.ratio >= 1
    assert (refused.ratio, refused.goal) == (0, 0)


def test_quiet_syncs_are_held_against_the_smallest(bench: Bench) -> None:
    """Heads of archived threads are not counted: each channel has two."""
    (alone,) = quiet.measured(bench, (50,))

    assert alone.floor == "4 requests: the heads of archived threads"
    assert (alone.ratio, alone.goal) == (1, 1)


def test_an_extract_is_held_against_a_loop_over_its_own_pages(bench: Bench) -> None:
    """By pages a second, those of lists included."""
    few, many = extract.rows(bench)

    assert few.floor == many.floor
    assert few.floor.endswith("pages/s: a bare loop of GET and INSERT")
    assert few.ratio is not None
    assert few.ratio > 0
    assert (few.least, many.least) == (0.7, 1.2)


# --- the peer -------------------------------------------------------------------------


def test_a_peer_that_cannot_be_installed_is_said_to_be_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row in place of a comparison; nothing else of the bench ends for it."""
    lock = bench.folder / "peers.txt"
    lock.write_text("no requirement at all\n")
    monkeypatch.setattr(peer, "LOCK", lock)
    monkeypatch.setattr(peer, "ENVIRONMENT", bench.folder / "peers")

    (row,) = peer.rows(bench)

    assert row.floor.startswith("not compared: peers.txt cannot be installed (")
    assert row.ratio is None


def test_a_peer_is_installed_once(tmp_path: Path) -> None:
    """What its lock names is there until the lock changes."""
    lock, marker = tmp_path / "peers.txt", tmp_path / "installed.txt"
    lock.write_text("no requirement at all\n")
    marker.write_bytes(lock.read_bytes())

    assert peer.installed(tmp_path, lock) == tmp_path / "bin" / "python"


# --- what is asked of the warehouse ---------------------------------------------------


def test_examples_are_the_readmes_about_messages_that_are_there() -> None:
    """Each statement once, with ids in place of those that nobody has."""
    subjects = queries.Subjects(1, 77, 3, 99, "ada")

    found = queries.examples(subjects)

    assert len(found) >= 6
    assert sum("channel_id = 77 and message_id = 99" in one for one in found) == 2
    assert all("1234" not in one and ";" not in one for one in found)


def test_json_is_measured_without_the_spaces_that_jsonb_shows(
    warehouse: Warehouse,
) -> None:
    """As it was on the wire."""
    shown = """
        select sum(octet_length(body::text))::double precision / sum(item_count)
        from landing.messages"""
    there = value(warehouse, shown)
    assert isinstance(there, float)

    assert 0.85 < storage.json_bytes(warehouse) / there < 0.97


# --- the whole ------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_bench_ends_in_a_table_and_leaves_nothing(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows, written between their markers; server and folder are gone."""
    page = short_folder / "README.md"
    page.write_text(program.README.read_text("utf-8"))
    monkeypatch.setattr(program, "README", page)
    for subject in ("limited", "peer"):  # of minutes whatever the size; of a network
        monkeypatch.delitem(program.SUBJECTS, subject)
    monkeypatch.setenv("TMPDIR", str(short_folder))
    monkeypatch.setattr(tempfile, "tempdir", None)

    options = ["--messages", str(MESSAGES), "--repeat", "1", "--write"]
    outcome = CliRunner().invoke(program.main, options)

    assert outcome.exit_code == 0, outcome.output
    table = [line for line in outcome.stdout.splitlines() if line.startswith("|")]
    assert len(table) == 2 * len(program.SUBJECTS) + 28
    assert all(line.count("|") == 6 for line in table)
    for told in outcome.stdout.strip().split("\n\n**"):
        assert told in page.read_text()
    assert [path.name for path in short_folder.iterdir()] == ["README.md"]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_peer_reads_what_we_read(bench: Bench) -> None:
    """All messages, by its own program, or there is no comparison."""
    whole, *extract_of_it = peer.rows(bench)

    if not extract_of_it:
        pytest.skip(whole.floor)
    assert whole.floor.endswith("dlt, which keeps no pages")
    assert whole.ratio is not None
    assert whole.least == 3
