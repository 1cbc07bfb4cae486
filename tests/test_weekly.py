"""The weekly run, with small real programs in the place of its steps."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from scripts.steps import Outcome, Step, extract, freshness, run
from scripts.weekly import Run, WeeklyError, trim

CHECKOUT = Path(__file__).resolve().parent.parent


def shell(name: str, script: str, *accepted: int) -> Step:
    """Return a step that is a shell script; 2 is hopeless, as for the extractor."""
    command = ("sh", "-c", script)
    return Step(name, command, frozenset({0, *accepted}), frozenset({2}))


class Scene:
    """A run whose words and pauses can be looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown: list[str] = []
        self.pauses: list[float] = []
        self.logs = folder / "logs"
        self.run = Run(
            folder,
            self.logs,
            lambda: {**os.environ, "FLAVOUR": "vanilla"},
            pause=60,
            show=self.shown.append,
            sleep=self.pauses.append,
        )

    def all(self, *chain: Step) -> int:
        """Run a chain of steps."""
        return self.run.all(chain)

    @property
    def log(self) -> str:
        """What the run has noted, without the time and the name of each line."""
        lines = self.path.read_text().splitlines()
        return "".join(f"{line.partition(': ')[2]}\n" for line in lines)

    @property
    def path(self) -> Path:
        """Where it has noted that."""
        (path,) = (self.logs / "weekly").iterdir()
        return path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_steps_run_in_order_with_the_database_in_their_environment(
    scene: Scene,
) -> None:
    """Each step begins after the one before, and all meet the same environment."""
    chain = (
        shell("extract", "echo one $FLAVOUR"),
        shell("build", "echo two $FLAVOUR; echo three >&2"),
    )

    assert scene.all(*chain) == 0

    said = [line for line in scene.log.splitlines() if line[0] in "ot"]
    assert said == ["one vanilla", "two vanilla", "three"]
    assert scene.pauses == []


def test_a_failed_step_is_tried_once_more_after_a_pause(
    scene: Scene, tmp_path: Path
) -> None:
    """A step that succeeds the second time leaves no trace in the exit code."""
    flag = shlex.quote(str(tmp_path / "flag"))
    fails_once = f"test -e {flag} && exit 0; touch {flag}; echo hiccup; exit 1"

    assert scene.all(shell("build", fails_once), shell("report", "true")) == 0

    assert scene.pauses == [60]
    assert "build: trying again in 60 s" in scene.shown
    assert scene.log.count("\nhiccup\n") == 1


def test_a_step_that_fails_twice_ends_the_run_and_says_why(scene: Scene) -> None:
    """Step, reason and log are in the last line, and no later step runs."""
    chatty = "for n in $(seq 40); do echo line $n; done; exit 1"

    with pytest.raises(WeeklyError) as caught:
        scene.all(shell("build", chatty), shell("report", "echo never"))

    *before, last = str(caught.value).splitlines()
    assert last == (
        f"The step build failed with exit code 1: line 40 (the log: {scene.path})"
    )
    assert "  line 40" in before
    assert "  line 25" not in before
    assert "never" not in scene.log
    assert scene.log.count("line 1\n") == 2
    assert scene.shown[0] == f"log: {scene.path}"
    assert f"ended with exit code 1: {last}" in scene.log


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        pytest.param(
            (
                "07:00:01  Failure in model messages (models/messages.sql)",
                "07:00:01    Database Error in model messages (models/messages.sql)",
                '  column "x" does not exist',
                "07:00:01  Done. PASS=1 WARN=0 ERROR=1 SKIP=0 NO-OP=0 TOTAL=2",
            ),
            "07:00:01    Database Error in model messages (models/messages.sql):"
            ' column "x" does not exist',
            id="dbt",
        ),
        pytest.param(
            ("07:00:01  Encountered an error:", "Runtime Error", "  No space left"),
            "Runtime Error: No space left",
            id="dbt itself",
        ),
        pytest.param(
            ("#general: 3 messages", "Error: no account: put DISCORD_TOKEN into .env"),
            "Error: no account: put DISCORD_TOKEN into .env",
            id="extractor",
        ),
        pytest.param(("one", "two"), "two", id="nobody says error"),
        pytest.param((), "it said nothing", id="silence"),
    ],
)
def test_the_reason_is_found_among_the_last_lines(
    tail: tuple[str, ...], reason: str
) -> None:
    """Not the sums that dbt prints in the end, but what went wrong."""
    outcome = Outcome(shell("build", ""), 1, 0.0, tail)

    assert outcome.reason == reason.strip()


def test_a_wrong_setting_is_not_tried_again(scene: Scene) -> None:
    """Waiting does not put a missing token right."""
    with pytest.raises(WeeklyError, match="exit code 2"):
        scene.all(shell("extract", "echo no token; exit 2"))

    assert scene.pauses == []


def test_single_failed_channels_do_not_keep_the_report_back(scene: Scene) -> None:
    """After exit code 3 of extract the other steps run, and 3 is carried to the end."""
    said = "echo failed: '#general': late; exit 3"
    chain = (shell("extract", said, 3), shell("report", "echo reports/x.md"))

    assert scene.all(*chain) == 3

    assert "  reports/x.md" in scene.shown
    assert scene.shown[-1] == (
        "Done, but extract ended with exit code 3: failed: #general: late"
        f" (the log: {scene.path})"
    )
    assert scene.pauses == []
    assert "ended with exit code 3" in scene.log


def test_a_stale_archive_keeps_nothing_back(scene: Scene) -> None:
    """A warning is shown and is no failure; an archive far behind ends with 3."""
    said = "1 of 1 {} freshness of discord.guild_syncs"
    warns = f"echo {said.format('WARN')}; echo Done."
    fails = f"echo {said.format('ERROR STALE')}; echo Done.; exit 1"
    step = freshness()

    warned = scene.all(replace(step, command=("sh", "-c", warns)))
    failed = scene.all(
        replace(step, command=("sh", "-c", fails)), shell("report", "echo written")
    )

    assert (warned, failed) == (0, 3)
    assert f"  {said.format('WARN')}" in scene.shown
    assert "  written" in scene.shown
    assert said.format("ERROR STALE") in scene.shown[-1]
    assert scene.pauses == []


def test_only_extract_may_end_with_3(scene: Scene) -> None:
    """A build that ends with 3 has failed."""
    with pytest.raises(WeeklyError, match="The step build failed"):
        scene.all(shell("build", "exit 3"))


def test_the_real_extract_step_accepts_3_and_gives_up_on_2() -> None:
    """The steps that make weekly runs know the extractor's exit codes."""
    step = extract()

    assert step.accepted == {0, 3}
    assert step.hopeless == {2}


def test_a_second_run_leaves_at_once(scene: Scene) -> None:
    """While one run holds the lock another says so and touches nothing."""
    with (
        FileLock(scene.folder / "weekly.lock"),
        pytest.raises(WeeklyError, match="Another weekly run is at work"),
    ):
        scene.all(shell("extract", "true"))

    assert not scene.logs.exists()


def test_the_lock_is_free_again_after_a_failure(scene: Scene) -> None:
    """A failed run does not stand in the way of the next."""
    with pytest.raises(WeeklyError):
        scene.all(shell("extract", "exit 2"))

    assert scene.all(shell("extract", "true")) == 0


def test_without_a_log_the_run_goes_on(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be made is a warning."""
    scene.logs.touch()

    assert scene.all(shell("extract", "echo all")) == 0

    assert "  all" in scene.shown
    assert scene.shown[0] == "log: none"
    assert capsys.readouterr().err.startswith(f"Warning: the log {scene.logs}/weekly/")


def test_what_cron_appends_to_is_emptied_once_it_is_long(tmp_path: Path) -> None:
    """A line a week fills no disk, but a run an hour would, in years."""
    log = tmp_path / "cron.log"
    log.write_bytes(bytes(1_000_000))
    trim(log)
    assert log.stat().st_size == 1_000_000

    with log.open("ab") as appended_to:
        appended_to.write(b"x")
        appended_to.flush()
        trim(log)
        appended_to.write(b"the next run")

    assert log.read_bytes() == b"the next run"
    trim(tmp_path / "none.log")


def test_a_missing_program_is_a_failed_step(scene: Scene) -> None:
    """A dbt that is not installed is named, without a traceback."""
    with pytest.raises(WeeklyError, match="Cannot run /no/such/dbt"):
        scene.all(Step("build", ("/no/such/dbt", "build")))


def test_lines_are_passed_on_as_they_come(tmp_path: Path) -> None:
    """A step's words are heard while it is still at work."""
    go_on = tmp_path / "go_on"
    waits = f"echo first; until test -e {shlex.quote(str(go_on))}; do sleep 0.01; done"
    heard: list[str] = []

    def listen(line: str) -> None:
        heard.append(line)
        go_on.touch()

    outcome = run(shell("waits", f"{waits}; echo last"), os.environ, listen=listen)

    assert heard == ["first", "last"]
    assert outcome.tail == ("first", "last")
    assert outcome.is_accepted


def test_bytes_that_are_no_text_do_not_stop_a_step() -> None:
    """A program may say what it likes."""
    outcome = run(shell("odd", r"printf 'a\377b\n'"), os.environ, listen=str)

    assert outcome.tail == ("a�b",)


def test_the_step_at_work_ends_with_the_run(tmp_path: Path) -> None:
    """Ending the run (kill, a closing system) leaves no orphan at work."""
    pid_file = tmp_path / "pid"
    program = (
        "import os, signal, sys\n"
        "from scripts.steps import Step, run\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        f"script = 'echo $$ >{pid_file}.new; mv {pid_file}.new {pid_file}; '\n"
        "script += 'exec sleep 60'\n"
        "run(Step('long', ('sh', '-c', script)), os.environ, listen=print)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT) as process:
        try:
            await_that(pid_file.exists)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 143
        finally:
            process.kill()

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def await_that(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_wrong_config_ends_with_one_line_and_no_terminal(tmp_path: Path) -> None:
    """Under cron (no terminal, hardly a PATH) an error is one line, never a trace."""
    config = tmp_path / "config.json"
    config.write_text('{"database_url": 7}')

    done = subprocess.run(
        [sys.executable, "-m", "scripts.weekly", "--config", config],
        cwd=CHECKOUT,
        env={
            "PATH": "/usr/bin:/bin",
            "DAYS": "",
            "DISCORD_WAREHOUSE_LOG_FOLDER": str(tmp_path),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "database_url" in done.stderr
    assert done.stderr.count("\n") == 1
    (log,) = (tmp_path / "weekly").iterdir()
    assert f"(the log: {log})" in done.stderr
    assert "ended with exit code 1: config" in log.read_text().replace(
        f"{tmp_path}/", ""
    )
