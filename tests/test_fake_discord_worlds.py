"""Generated worlds: alike by seed, alive, and full of variety."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from tests.fake_discord import World, generate_world

END = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def small() -> World:
    return generate_world(seed=7, size="small", end=END)


@pytest.mark.parametrize("size", ["tiny", "small", 700])
def test_the_same_seed_makes_the_same_world(size: str | int) -> None:
    """Equal arguments give equal bytes; another seed gives another world."""

    def everything(seed: int) -> bytes:
        world = generate_world(seed=seed, size=size, end=END)
        logs = [world.messages(c) for c in world.logs]
        tables = [list(world.users.values()), list(world.channels.values())]
        return orjson.dumps([logs, tables, sorted(world.accounts)])

    assert everything(7) == everything(7)
    assert everything(7) != everything(8)


def test_worlds_are_alike_in_every_process() -> None:
    """The order in which a process hashes strings leaves no trace in a world."""
    program = (
        "from datetime import UTC, datetime; import hashlib, orjson\n"
        "from tests.fake_discord import generate_world\n"
        "end = datetime(2026, 11, 21, tzinfo=UTC)\n"
        "world = generate_world(seed=7, size=400, end=end)\n"
        "said = [world.messages(c) for c in world.logs]\n"
        "print(hashlib.sha256(orjson.dumps(said)).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_the_small_world_looks_alive(small: World) -> None:
    """Evenings beat mornings, few people say most, some joined in the last week."""
    guild_id = small.guild_ids[0]
    said = [m for c in small.logs for m in small.messages(c) if m["type"] in {0, 19}]
    people = [m for m in said if not m["author"].get("bot")]
    hours = Counter(m["timestamp"][11:13] for m in people)
    talkers = Counter(m["author"]["id"] for m in people).most_common()
    joined = [m["joined_at"] for m in small.members[guild_id].values()]
    channels = Counter(m["channel_id"] for m in people).most_common(2)

    assert 2_700 <= small.message_count(guild_id) <= 3_300
    assert hours["20"] > 5 * hours["03"]
    assert sum(n for _, n in talkers[:8]) > len(people) * 0.4
    assert sum(at > "2026-11-14" for at in joined) >= 1
    assert sum(n for _, n in channels) > len(people) * 0.35
    assert max(m["timestamp"] for m in said) < "2026-11-21"


def test_the_small_world_holds_the_variety_of_real_life(small: World) -> None:
    """All the kinds of messages that later layers must meet are there."""
    account = next(iter(small.accounts))
    readable = small.readable_channel_ids(small.guild_ids[0], account)
    said = [m for c in readable for m in small.messages(c)]
    webhooks = [m for m in said if m["author"]["id"] == m.get("webhook_id")]
    names = {(m["webhook_id"], m["author"]["username"]) for m in webhooks}

    kinds = {m["type"] for m in said}
    assert kinds >= {0, 1, 4, 6, 7, 8, 9, 12, 18, 19, 20, 21, 27, 28, 31, 44, 46, 63}
    assert max(Counter(webhook for webhook, _ in names).values()) == 3
    replies = [m for m in said if m["type"] == 19]
    states = {type(m.get("referenced_message", 0)).__name__ for m in replies}
    assert states == {"dict", "NoneType", "int"}
    for key in ("poll", "message_snapshots", "sticker_items", "interaction_metadata"):
        assert any(key in m for m in said), key
    for key in ("attachments", "embeds", "components", "edited_timestamp", "mentions"):
        assert any(m[key] for m in said), key
    assert any("\x00" in m["content"] for m in said)
    assert any("\\u0000" in m["content"] for m in said)


def test_hostile_texts_can_be_left_out() -> None:
    """Without `hostile` no message holds a NUL."""
    world = generate_world(seed=7, size=400, end=END, hostile=False)

    assert not any(
        "\x00" in m["content"] for c in world.logs for m in world.messages(c)
    )


def test_an_unknown_size_says_which_there_are() -> None:
    """A misspelt size names the known ones."""
    with pytest.raises(ValueError, match="tiny, small, large, or a number"):
        generate_world(size="smal")
