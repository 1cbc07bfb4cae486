"""The Makefile in a checkout of its own, with made-up interpreters on the PATH."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
TOOLS = ("make", "sh", "awk", "cat", "chmod", "cp", "find", "mkdir", "rm", "touch")

# Says its version, and notes what else it is asked to do; `-m venv` installs itself.
INTERPRETER = """#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
*ensurepip*) {ensurepip} ;;
*print*) echo 1 ;;
*venv*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo "$*" >>calls ;;
*) echo "$*" >>calls; test ! -e "fail" || exit 3 ;;
esac
"""


class Checkout:
    """A checkout with the real Makefile, in which nothing real can be run."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.tools = folder / "tools"
        (self.root / "scripts").mkdir(parents=True)
        self.tools.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None
            (self.tools / name).symlink_to(found)
        for name in ("Makefile", "scripts/find_python.sh"):
            shutil.copy(CHECKOUT / name, self.root / name)
        for name in ("requirements.txt", "pyproject.toml"):
            (self.root / name).touch()

    def add_python(
        self, name: str, version: str, ensurepip: str = "exit 0", body: str = ""
    ) -> Path:
        """Put an interpreter on the PATH."""
        path = self.tools / name
        path.write_text(
            body or INTERPRETER.format(version=version, ensurepip=ensurepip)
        )
        path.chmod(0o755)
        return path

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make as a user would."""
        return subprocess.run(
            ["make", *arguments],
            cwd=self.root,
            env={"PATH": str(self.tools), "HOME": str(self.root)},
            executable=self.tools / "make",
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """What interpreters were asked to do."""
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_help_is_the_default_and_names_every_target(checkout: Checkout) -> None:
    """A bare make installs nothing and lists what there is."""
    checkout.add_python("python3", "3.12")

    done = checkout.make()

    listed = {line.split()[0] for line in done.stdout.splitlines()[1:]}
    assert listed == {
        *(
            "help",
            "install",
            "demo",
            "extract",
            "build",
            "report",
            "ask",
            "weekly",
            "cron",
        ),
        *("cron-install", "status", "docs", "test", "chaos", "bench", "lint", "clean"),
    }
    assert checkout.calls == []


def test_install_makes_the_environment_from_the_lock_once(checkout: Checkout) -> None:
    """The environment holds what the hashes say, then ourselves; then it is kept."""
    checkout.add_python("python3", "3.12")

    assert checkout.make("install").returncode == 0
    assert checkout.make("install").returncode == 0

    venv, locked, ourselves = checkout.calls
    assert venv == "-m venv --clear .venv"
    assert "--require-hashes -r requirements.txt" in locked
    assert "--no-deps --no-build-isolation --no-index --editable ." in ourselves


def test_an_interrupted_install_is_repeated(checkout: Checkout) -> None:
    """Half an environment is never taken for a whole one."""
    checkout.add_python("python3", "3.12")
    (checkout.root / "fail").touch()
    assert checkout.make("install").returncode != 0
    (checkout.root / "fail").unlink()

    assert checkout.make("install").returncode == 0

    venvs = [call for call in checkout.calls if "-m venv" in call]
    assert len(venvs) == 2


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    """Uninstalling a Python does not leave a checkout that only fails."""
    checkout.add_python("python3", "3.12")
    checkout.make("install")
    (checkout.root / ".venv/bin/python").unlink()

    assert checkout.make("install").returncode == 0

    assert len(checkout.calls) == 6


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_supported_pythons_are_taken(checkout: Checkout, version: str) -> None:
    """Any of the three versions will do."""
    checkout.add_python("python3", version)

    assert checkout.make("install").returncode == 0


def test_a_name_that_does_not_run_is_passed_over(checkout: Checkout) -> None:
    """A version manager's empty shim does not hide the Python behind it."""
    checkout.add_python("python3", "3.10")
    checkout.add_python("python3.13", "", body="#!/bin/sh\nexit 127\n")
    checkout.add_python("python3.12", "3.12")

    assert checkout.make("install").returncode == 0


@pytest.mark.parametrize("version", ["2.7", "3.10", "3.14"])
def test_another_python_is_refused_in_one_line(
    checkout: Checkout, version: str
) -> None:
    """Who has another Python learns what is needed, what was found and what to do."""
    checkout.add_python("python3", version)

    done = checkout.make("test")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"needs Python 3.11, 3.12 or 3.13; found {version}: install" in done.stderr
    assert "make PYTHON=/path/to/python3.12" in done.stderr


def test_no_python_at_all_is_one_line(checkout: Checkout) -> None:
    """A machine without Python gets the same line."""
    done = checkout.make("demo")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "found none: install one" in done.stderr


def test_a_python_without_venv_is_one_line(checkout: Checkout) -> None:
    """Debian's divided Python is named with the package that it lacks."""
    checkout.add_python("python3", "3.11", ensurepip="exit 1")

    done = checkout.make("install")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "apt install python3.11-venv" in done.stderr


def test_the_python_given_is_the_one_used(checkout: Checkout, tmp_path: Path) -> None:
    """PYTHON wins, also with a space in its path, and none is guessed when it fails."""
    checkout.add_python("python3", "3.10")
    other = checkout.add_python("other", "3.12").rename(tmp_path / "my python")

    assert checkout.make("install", f"PYTHON={other}").returncode == 0

    checkout.make("clean")
    checkout.add_python("python3", "3.12")
    done = checkout.make("install", "PYTHON=/no/such/python")
    assert "none that runs as /no/such/python" in done.stderr


def test_commands_get_their_arguments_and_the_database(checkout: Checkout) -> None:
    """Targets run the program's commands with ARGS, those of dbt on its database."""
    checkout.add_python("python3", "3.12")
    checkout.make("install")
    (checkout.root / "calls").unlink()

    checkout.make("extract", "ARGS=--workers 2")
    checkout.make("build", "ARGS=--full-refresh")
    checkout.make("report", "ARGS=--days 14")
    docs = checkout.make("docs", "ARGS=--empty-catalog")

    assert checkout.calls == [
        "-m extractor sync --workers 2",
        "-m extractor db run -- .venv/bin/dbt build --full-refresh",
        "-m extractor db run -- .venv/bin/python -m scripts.render_report --days 14",
        "-m extractor db run -- .venv/bin/dbt docs generate --static --empty-catalog",
    ]
    assert docs.stdout == "open target/static_index.html\n"


def test_the_code_of_a_failed_command_is_shown(checkout: Checkout) -> None:
    """`make extract` does not hide that single channels failed (3)."""
    checkout.add_python("python3", "3.12")
    checkout.make("install")
    (checkout.root / "fail").touch()

    done = checkout.make("extract")

    assert done.returncode != 0
    assert "Error 3" in done.stderr


def test_clean_keeps_what_cannot_be_made_again(checkout: Checkout) -> None:
    """Data, reports, logs and settings survive; what make made is gone."""
    checkout.add_python("python3", "3.12")
    checkout.make("install")
    keep = (".pg/data/__pycache__/x", "reports/x.md", "logs/x.log", ".env")
    lose = ("target/x", "extractor/__pycache__/x", ".pytest_cache/x")
    for name in (*keep, *lose):
        path = checkout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    done = checkout.make("clean")

    assert done.returncode == 0
    assert all((checkout.root / name).exists() for name in keep)
    assert not any((checkout.root / name).exists() for name in lose)
    assert not (checkout.root / ".venv").exists()
    assert checkout.calls[-1] == "-m extractor db stop"
    assert "kept" in done.stdout


def test_clean_works_without_an_environment(checkout: Checkout) -> None:
    """There is nothing to stop where nothing was installed."""
    assert checkout.make("clean").returncode == 0


def test_the_makefile_asks_for_no_newer_make() -> None:
    """MacOS has GNU make 3.81: what came later is not used."""
    text = (CHECKOUT / "Makefile").read_text()

    assert not [word for word in ("!=", "::=", ".ONESHELL", "$(file") if word in text]
