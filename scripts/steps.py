"""Steps: programs run one after the other, each line passed on as it is said.

Owns how a program is started, listened to and, when we are ended, ended with us.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAIL_LINES = 15

# Lines are wanted as they come, and without colours: they also go into files.
QUIET = {"PYTHONUNBUFFERED": "1", "DBT_USE_COLORS": "false"}


@dataclass(frozen=True)
class Step:
    """A program to run in the checkout.

    `accepted` are the exit codes after which the next step makes sense, `hopeless`
    those after which trying again does not. What is `advisory` keeps nothing back, and
    what it has found out stands on its last line with `finding` in it.
    """

    name: str
    command: tuple[str, ...]
    accepted: frozenset[int] = frozenset({0})
    hopeless: frozenset[int] = frozenset()
    is_advisory: bool = False
    finding: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: Step
    exit_code: int
    seconds: float
    tail: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Tell whether the next step makes sense."""
        return self.step.is_advisory or self.exit_code in self.step.accepted

    @property
    def is_hopeless(self) -> bool:
        """Tell whether trying again would end the same way."""
        return self.exit_code in self.step.hopeless

    @property
    def result(self) -> str:
        """Return the line that tells what came of it."""
        found = [line for line in self.tail if self.step.finding in line]
        return found[-1] if found else "".join(self.tail[-1:])

    @property
    def reason(self) -> str:
        """Return the line that tells why it failed; where it has two parts, both."""
        for number, line in reversed(list(enumerate(self.tail))):
            if _ERROR.search(line):
                more = self.tail[number + 1 : number + 2] if _IN.search(line) else ()
                return ": ".join(map(str.strip, (line, *more)))
        return self.result.strip() or "it said nothing"


# as our programs and dbt begin a complaint; dbt's goes on in the next line
_ERROR = re.compile(r"\bError\b|^Cannot ")
_IN = re.compile(r"\bError(?: in .*)?$")


def extract(*options: str) -> Step:
    """Return the step that archives what is new."""
    command = (sys.executable, "-m", "extractor", "sync", *options)
    # 3: single channels failed, and the next run goes on with them
    return Step("extract", command, frozenset({0, 3}), frozenset({2}))


def import_dce(*paths: str) -> Step:
    """Return the step that lands exports of DiscordChatExporter."""
    command = (sys.executable, "-m", "extractor", "import-dce", *paths)
    return Step("import", command)


def build() -> Step:
    """Return the step that builds the tables; dbt is installed beside our Python."""
    return Step("build", (str(Path(sys.executable).with_name("dbt")), "build"))


def freshness() -> Step:
    """Return the step that asks whether the archive is of today."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = (dbt, "source", "freshness")
    return Step("freshness", command, is_advisory=True, finding=" freshness of ")


def report(*options: str) -> Step:
    """Return the step that writes the report and prints its path last."""
    command = (sys.executable, "-m", "scripts.render_report", *options)
    return Step("report", command, hopeless=frozenset({2}))


def run(
    step: Step, environment: Mapping[str, str], *, listen: Callable[[str], object]
) -> Outcome:
    """Run a step to its end; `listen` gets every line it says."""
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        process = subprocess.Popen(
            step.command,
            cwd=ROOT,
            env={**environment, **QUIET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        said = f"Cannot run {step.command[0]}: {error.strerror}"
        listen(said)
        return Outcome(step, 127, time.monotonic() - started, (said,))
    with process:
        try:
            for line in process.stdout or ():
                tail.append(line.rstrip("\n"))
                listen(tail[-1])
            exit_code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
    return Outcome(step, exit_code, time.monotonic() - started, tuple(tail))
