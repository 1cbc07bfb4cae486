"""The questions of analyses/: what they ask for, and what dbt makes of their SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson
import yaml
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from scripts.steps import ROOT

FOLDER = ROOT / "analyses"
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class QuestionError(Exception):
    """A question cannot be asked; the message is one line on what to do."""


@dataclass(frozen=True)
class Parameter:
    """What a question wants to know first.

    `type` is id, count, date, text or flag: values, filled in when the question is
    put; or name: of a table or schema, known to dbt when it compiles.
    """

    name: str
    type: str
    description: str
    default: Any = None
    is_required: bool = False


@dataclass(frozen=True)
class Question:
    """One file of analyses/."""

    name: str
    description: str
    parameters: Sequence[Parameter]

    def compiled(
        self, values: Mapping[str, Any], project: Manifest | None = None
    ) -> str:
        """Return its SQL for the tables of this project, with %(name)s for each value.

        dbt parses the project, unless it is given as dbt has parsed it before.

        Raises:
            QuestionError: dbt cannot compile it.

        """
        names = {p.name: values[p.name] for p in self.parameters if p.type == "name"}
        for name, value in names.items():
            if not _NAME.fullmatch(value):
                raise QuestionError(f"{value!r} is no {name}: a plain name is wanted.")
        file = f"path:{FOLDER.name}/{self.name}.sql"
        arguments = ["compile", "--quiet", "--select", file]
        arguments += ["--no-introspect", "--no-populate-cache"]
        arguments += ["--no-write-json", "--log-level-file", "none"]
        if names:
            arguments += ["--vars", orjson.dumps(names).decode()]
        # dbt says the SQL, too: it is ours to ask, not the user's to read
        with redirect_stdout(StringIO()) as said:
            outcome = dbtRunner(project).invoke(
                [*arguments, "--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
            )
        if not outcome.success:
            reason = outcome.exception or said.getvalue().strip()
            raise QuestionError(f"dbt cannot compile {self.name}: {reason}")
        compiled: Any = outcome.result
        return str(compiled.results[0].node.compiled_code)


def questions() -> dict[str, Question]:
    """Return all questions by name, as analyses/_analyses.yml has them."""
    content = yaml.safe_load((FOLDER / "_analyses.yml").read_text("utf-8"))
    return {entry["name"]: _question(entry) for entry in content["analyses"]}


def _question(entry: Mapping[str, Any]) -> Question:
    parameters = entry["config"]["meta"]["parameters"]
    return Question(
        entry["name"],
        entry["description"].strip(),
        [Parameter(**parameter) for parameter in parameters],
    )
