"""The report as one page for a browser: its markdown, its pictures, nothing else.

Owns what becomes of the markdown. The page loads nothing and runs nothing: a picture
is part of it, as an image (in which no script would run), and of all links only those
to Discord stay links.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

Pictures = Mapping[str, str | bytes]


def html_page(markdown: str, pictures: Pictures, *, title: str) -> str:
    """Return a report as one HTML page that stands alone.

    Pictures are SVG, by the path under which the markdown names them; in the place of
    one that is not given stand its words. HTML in the markdown is shown, not obeyed.
    The title is plain text.
    """
    parser = _parser()
    named = {parser.normalizeLink(path): svg for path, svg in pictures.items()}
    body = parser.render(markdown, {"pictures": named})
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("report.html.jinja")
    page = template.render(title=title, body=Markup(body))  # noqa: S704 - as rendered
    return page.strip("\n") + "\n"


def _parser() -> MarkdownIt:
    """Return a parser of what our template writes: CommonMark and tables, no HTML."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("links to Discord only", _cut_links)
    parser.core.ruler.push("cells of any direction", _free_cells)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _cut_links(state: StateCore) -> None:
    """Leave of every link that leads elsewhere the text."""
    for token in state.tokens:
        if token.children:
            token.children = list(_without_links(token.children))


def _without_links(tokens: Iterable[Token]) -> Iterable[Token]:
    """Return the tokens of a line without those that open and close a bad link."""
    is_live = False  # links do not nest
    for token in tokens:
        if token.type == "link_open":
            is_live = _leads_to_discord(str(token.attrGet("href")))
            token.attrSet("rel", "noopener noreferrer")
        if is_live or token.type not in ("link_open", "link_close"):
            yield token


def _leads_to_discord(address: str) -> bool:
    """Tell whether an address is one of Discord's own pages."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == ("https", "discord.com")


def _free_cells(state: StateCore) -> None:
    """Let every cell of a table run in the direction of what stands in it."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open"):
            token.attrSet("dir", "auto")


def _image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    options: Any,
    environment: MutableMapping[str, Any],
) -> str:
    """Return a picture as part of the page, or the words for one that is missing."""
    token = tokens[place]
    words = renderer.renderInlineAsText(token.children, options, environment)
    picture = environment["pictures"].get(str(token.attrGet("src")))
    if picture is None:
        return Markup("<em>{}</em>").format(words)
    content = picture.encode() if isinstance(picture, str) else picture
    source = f"data:image/svg+xml;base64,{b64encode(content).decode('ascii')}"
    image = Markup('<img src="{}" alt="{}">').format(source, words)
    return Markup('<span class="wide" tabindex="0">{}</span>').format(image)


def _table_open(*_: object) -> str:
    """Return a table in a box of its own, for only that to scroll on a phone."""
    return '<div class="wide" tabindex="0">\n<table>\n'


def _table_close(*_: object) -> str:
    return "</table>\n</div>\n"
