"""A plain client of the fake, for the fake's own tests: it hides nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import orjson
import requests

from tests.fake_discord.server import FakeDiscord
from tests.fake_discord.world import World

Json = dict[str, Any]


class Client:
    """A session that speaks to one fake as one account, by default its bot."""

    def __init__(self, fake: FakeDiscord, authorization: str | None = None) -> None:
        self.base = fake.url
        self.session = requests.Session()
        bot = f"Bot {fake.bot_token}"
        self.session.headers["Authorization"] = authorization or bot

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()

    def get(self, path: str, **query: object) -> requests.Response:
        """Ask, and return whatever comes back."""
        text = {key: str(value) for key, value in query.items()}
        return self.session.get(self.base + path, params=text, timeout=5)

    def json(self, path: str, **query: object) -> Any:
        """Ask for something that must be there, and return it parsed."""
        response = self.get(path, **query)
        assert response.status_code == 200, (path, response.text)
        return orjson.loads(response.content)

    def refusal(self, path: str, **query: object) -> tuple[int, int]:
        """Ask for something that is refused: return the status and Discord's code."""
        response = self.get(path, **query)
        return response.status_code, orjson.loads(response.content)["code"]


def named(world: World, name: str) -> int:
    """Return the first channel or thread of a name."""
    return next(c for c, form in world.channels.items() if form.get("name") == name)


def ids(items: list[Json]) -> list[int]:
    """Return the ids of a list of objects, in its order."""
    return [int(item["id"]) for item in items]
