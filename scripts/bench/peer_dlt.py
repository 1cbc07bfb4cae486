"""The peer: a guild, read by dlt into typed tables of Postgres.

Runs where dlt is (bench/peers.txt) with the API's base, a bot's token, a guild and
libpq's variables in its environment. Written as dlt's documentation recommends: pages
are yielded whole, channels are read side by side, all cores normalise, files are
loaded with COPY. What is nested in messages becomes tables of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import dlt
from dlt.destinations import postgres
from dlt.sources.helpers import requests

API = os.environ["DISCORD_API_BASE_URL"]
GUILD = os.environ["DISCORD_GUILD"]
HEADERS = {"Authorization": f"Bot {os.environ['DISCORD_TOKEN']}"}
PAGE = 100

HOLD_MESSAGES = {0, 2, 5, 10, 11, 12, 13}
HOLD_THREADS = {0, 5, 15, 16}
HOLD_PRIVATE_THREADS = {0}

# the usual ways to make it faster, with as many requests at a time as the extractor's
SETTINGS = {
    "EXTRACT__WORKERS": "16",
    "NORMALIZE__WORKERS": str(os.cpu_count()),
    "DATA_WRITER__FILE_MAX_ITEMS": "20000",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}

Json = dict[str, Any]


def asked(path: str, **parameters: object) -> Any:
    """Return what Discord answers; nothing where the bot may not read."""
    try:
        return requests.get(API + path, params=parameters, headers=HEADERS).json()
    except requests.HTTPError as error:
        if error.response.status_code == 403:
            return None
        raise


def channels() -> Iterator[Json]:
    """Give all channels of the guild, and all threads below them."""
    found = asked(f"/guilds/{GUILD}/channels")
    yield from found
    yield from asked(f"/guilds/{GUILD}/threads/active")["threads"]
    for channel in found:
        yield from archived(channel)


def archived(channel: Json) -> Iterator[Json]:
    """Give the archived threads of a channel, private ones as far as they are shown."""
    path = f"/channels/{channel['id']}"
    if channel["type"] in HOLD_THREADS:
        yield from listed(f"{path}/threads/archived/public", archive_time)
    if channel["type"] in HOLD_PRIVATE_THREADS:
        private = list(listed(f"{path}/threads/archived/private", archive_time))
        joined = f"{path}/users/@me/threads/archived/private"
        yield from private or listed(joined, itemgetter("id"))


def listed(path: str, cursor: Callable[[Json], str]) -> Iterator[Json]:
    """Give all threads of a list, page by page."""
    before: Json = {}
    while page := asked(path, **before):
        yield from page["threads"]
        if not page["has_more"]:
            return
        before = {"before": cursor(page["threads"][-1])}


def archive_time(thread: Json) -> str:
    """Return what a list of archived threads is paged by."""
    return str(thread["thread_metadata"]["archive_timestamp"])


def messages(channel: Json) -> Iterator[list[Json]]:
    """Give the messages of a channel or thread, a page at a time."""
    after = "0"
    path = f"/channels/{channel['id']}/messages"
    while page := asked(path, limit=PAGE, after=after):
        yield page
        if len(page) < PAGE:
            return
        after = page[0]["id"]


def place() -> str:
    """Return how to reach the database, by the folder of its socket.

    dlt wants a password and a host's name, neither of which is then looked at.
    """
    login, name = f"{os.environ['PGUSER']}:none", os.environ["PGDATABASE"]
    folder = quote(os.environ["PGHOST"])
    return f"postgresql://{login}@localhost/{name}?host={folder}"


def main(folder: str) -> None:
    """Load everything; dlt keeps its files in a folder."""
    os.environ.update(SETTINGS)
    found = list(channels())
    readable = [one for one in found if one["type"] in HOLD_MESSAGES]
    of_channels = dlt.resource(found, name="channels", primary_key="id")
    of_messages = dlt.resource(readable, name="readable", selected=False) | (
        dlt.transformer(messages, name="messages", primary_key="id", parallelized=True)
    )
    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=folder,
        destination=postgres(credentials=place()),
        dataset_name="peer",
    )
    loaded = pipeline.run([of_channels, of_messages], loader_file_format="csv")
    loaded.raise_on_failed_jobs()


if __name__ == "__main__":
    main(sys.argv[1])
