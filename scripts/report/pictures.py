"""Which pictures a guild's part of the report has, and where they are kept.

They lie in a folder beside the page, named after it as browsers name what they save
with a page; a page that is moved takes its folder along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from scripts.report import charts
from scripts.report.data import GuildReport
from scripts.report.inert import Markdown
from scripts.report.page import channel_label

# by the name of the picture; None where there is nothing to show
_DRAWINGS: Mapping[str, Callable[[GuildReport], bytes | None]] = {
    "trend": lambda guild: charts.trend(guild["weeks"]),
    "top-channels": lambda guild: charts.top_channels(
        [{**row, "label": channel_label(row)} for row in guild["top_channels"]]
    ),
    "hours": lambda guild: charts.heatmap(guild["hours"]),
    "retention": lambda guild: charts.retention(guild["retention"]),
}
_OURS = re.compile(rf"\d+-(?:{'|'.join(_DRAWINGS)})\.svg", re.ASCII)


@dataclass(frozen=True)
class Pictures:
    """The pictures of one page: their content as SVG, by the name of the file."""

    folder: Path
    drawn: Mapping[str, bytes]

    @classmethod
    def beside(cls, page: Path, guilds: Sequence[GuildReport]) -> Pictures:
        """Draw the pictures of a page that is kept there."""
        drawn = {
            _file(guild, name): svg
            for guild in guilds
            for name, draw in _DRAWINGS.items()
            if (svg := draw(guild))
        }
        return cls(page.with_name(f"{page.stem}_files"), drawn)

    def address(self, guild: GuildReport, name: str) -> Markdown | None:
        """Return under what address the page shows a picture, None without one."""
        file = _file(guild, name)
        return Markdown(quote(self._path(file))) if file in self.drawn else None

    def by_path(self) -> dict[str, bytes]:
        """Return the pictures by their address, as seen from the page."""
        return {quote(self._path(file)): svg for file, svg in self.drawn.items()}

    def stale(self) -> list[Path]:
        """Return the pictures of an earlier page that this one does not show.

        What is not named like one of ours was put there by somebody else, as by a
        browser that saves a page: it is none of them.
        """
        kept = sorted(self.folder.glob("*.svg"))
        ours = [path for path in kept if _OURS.fullmatch(path.name) and path.is_file()]
        return [path for path in ours if path.name not in self.drawn]

    def _path(self, file: str) -> str:
        return f"{self.folder.name}/{file}"


def _file(guild: GuildReport, name: str) -> str:
    return f"{guild.guild_id}-{name}.svg"
