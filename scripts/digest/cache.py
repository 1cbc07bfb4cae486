"""What a model once said, kept: the same question is never asked twice.

Owns a folder of small files, one per question, named by the question's hash. Who edits
or deletes a message changes the question, and so finds nothing. What has not been used
for five weeks is removed, so that what was deleted on Discord does not stay here.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from scripts.digest.model import Answer, Facts

KEPT_SECONDS = 35 * 86_400
_VERSION = 1

Kept = TypeVar("Kept", Answer, Facts)


@dataclass(frozen=True)
class Cache:
    """A folder of answers; one that cannot be written keeps nothing, without a word."""

    folder: Path
    clock: Callable[[], float] = time.time

    def answer(self, key: str) -> Answer | None:
        """Return the answer to a question asked before, None if there is none."""
        record = self._read(key)
        return _checked(Answer, record.get("answer"))

    def keep(self, key: str, answer: Answer, **more: object) -> None:
        """Keep an answer, and what there is to say of it."""
        self._write(key, {"answer": asdict(answer), **more})

    def facts(self, host: str, name: str) -> Facts | None:
        """Return what was last known of a model: its answers hold while it is away."""
        record = self._read(key_of({"host": host, "name": name}))
        return _checked(Facts, record.get("facts"))

    def keep_facts(self, host: str, facts: Facts) -> None:
        """Remember what a model is."""
        self._write(
            key_of({"host": host, "name": facts.name}), {"facts": asdict(facts)}
        )

    def tidy(self) -> None:
        """Remove what has not been used for long."""
        oldest = self.clock() - KEPT_SECONDS
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    if path.suffix in (".json", ".draft") and (
                        path.stat().st_mtime < oldest
                    ):
                        path.unlink()

    def _read(self, key: str) -> Mapping[str, Any]:
        path = self._path(key)
        try:
            record = json.loads(path.read_text("utf-8"))
            now = self.clock()
            os.utime(path, (now, now))
        except (OSError, ValueError, RecursionError):
            return {}
        return record if isinstance(record, dict) else {}

    def _write(self, key: str, record: Mapping[str, object]) -> None:
        """Put a file in its place whole; only its owner may read it."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(suffix=".draft", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(record, file, ensure_ascii=True, indent=1)
                Path(draft).replace(self._path(key))
            except OSError:
                Path(draft).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _checked(kind: type[Kept], value: object) -> Kept | None:
    """Return what was kept, if nobody has spoiled it."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


def key_of(parts: Mapping[str, object]) -> str:
    """Return the hash of a question: of all that could change its answer."""
    canonical = json.dumps({"version": _VERSION, **parts}, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
