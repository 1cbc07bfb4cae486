"""A headless Chromium for tests: pages as people see them, read from outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
)
SCHEMES = {"dark": 0, "light": 1}  # as Chromium numbers them


def chromium() -> str:
    """Return the browser's path; a test that needs it is skipped without."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")


def browse(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a new profile until it is loaded."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        return subprocess.run(
            [
                *(chromium(), *QUIET, *as_root, *options),
                *(f"--user-data-dir={home}/profile", page.as_uri()),
            ],
            env=os.environ | {"HOME": home},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )


def complaints(page: Path) -> list[str]:
    """Return what a page makes the browser write to its console."""
    lines = browse(page, "--dump-dom").stderr.splitlines()
    return [line for line in lines if "CONSOLE" in line]


def screenshot(page: Path, picture: Path, *, width: int, scheme: str) -> None:
    """Write a PNG of the top of a page, as a light or a dark desktop shows it."""
    browse(
        page,
        f"--screenshot={picture}",
        f"--window-size={width},1600",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
    )
