"""Messages in all the shapes in which Discord may send them, made by seeded chance.

Owns what may stand in a message; when one is posted, changed and read is dbt_history's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime

from tests.dbt_warehouse import GUILD, Json, message, user

Shape = Callable[[random.Random, Json], None]
FILES = "https://cdn.discordapp.com/attachments/1"
FAMILY = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"


def person(rng: random.Random) -> Json:
    """Return one of nine users as a page may show them: whole, in part, renamed."""
    number = rng.randrange(1, 10)
    fields: Json = {"global_name": rng.choice([None, "A", "B"])}
    if rng.random() < 0.3:
        fields |= {"avatar": rng.choice("xy"), "bot": number == 9}
    if rng.random() < 0.2:
        fields |= {"public_flags": rng.choice([1, 1.0, "1"]), "banner": None}
    if rng.random() < 0.1:
        return {"id": str(number), "avatar": None}
    return user(number, **fields)


def people(rng: random.Random) -> list[Json]:
    """Return up to three users, the same one twice at times."""
    return [person(rng) for _ in range(rng.randrange(4))]


def mentioning(rng: random.Random, post: Json) -> None:
    """Name people, roles and channels."""
    post["mentions"] = people(rng)
    post["mention_roles"] = [str(GUILD + rng.randrange(4))]
    post["mention_channels"] = rng.choice([None, [], [{"id": "220"}, {"id": "x"}]])
    post["mention_everyone"] = rng.random() < 0.5


def reacted(rng: random.Random, post: Json) -> None:
    """Show reactions, or that there are none any more."""
    emojis = [{"id": None, "name": "a"}, {"id": "77", "name": rng.choice("st")}]
    emojis.append({"id": None, "name": FAMILY})
    shown = rng.sample(emojis, rng.randrange(4))
    counts = {"normal": rng.randrange(9), "burst": 1}
    post["reactions"] = [
        {"emoji": emoji, "count": rng.randrange(9), "count_details": counts}
        for emoji in shown
    ]


def with_files(rng: random.Random, post: Json) -> None:
    """Hold files, one of them made of what somebody said."""
    post["attachments"] = [
        {
            "id": str(600 + number),
            "filename": f"{number}.png",
            "size": rng.choice([1, 2**40, "many"]),
            "url": f"{FILES}/{number}.png?ex={rng.randrange(2**31):x}&is=1&hm=2",
            "clip_participants": people(rng),
        }
        for number in range(rng.randrange(3))
    ]


def with_components(rng: random.Random, post: Json) -> None:
    """Show files in components: of its own, of others, and by an address alone."""
    files = [{"url": FILES, "attachment_id": str(rng.randrange(600, 604))}]
    files.append({"url": "https://example.org/x"})
    gallery = {"type": 12, "items": [{"media": file} for file in files]}
    post["components"] = [{"type": 17, "components": [gallery, {"type": 10}]}]


def with_poll(rng: random.Random, post: Json) -> None:
    """Ask something; results may be missing."""
    post["poll"] = {
        "question": {"text": "?"},
        "answers": [
            {"answer_id": n, "poll_media": {"text": str(n)}}
            for n in range(1, rng.randrange(2, 5))
        ],
        "expiry": rng.choice([None, post["timestamp"]]),
        "results": rng.choice([None, poll_results(rng, is_finalized=False)]),
    }


def poll_results(rng: random.Random, *, is_finalized: bool) -> Json:
    """Return what has been voted for."""
    counts = [{"id": n, "count": rng.randrange(5)} for n in range(1, 3)]
    return {"is_finalized": is_finalized, "answer_counts": counts}


def replying(rng: random.Random, post: Json) -> None:
    """Answer a message that is shown, is deleted, or of which nothing is said."""
    target = str(rng.randrange(1, 99))
    post["type"] = 19
    post["message_reference"] = {"message_id": target, "channel_id": "200"}
    answered = {"id": target, "author": person(rng), "mentions": people(rng)}
    state = rng.choice(["absent", None, answered])
    if state != "absent":
        post["referenced_message"] = state


def forwarding(rng: random.Random, post: Json) -> None:
    """Carry a copy of a message from elsewhere."""
    post["message_reference"] = {"type": 1, "message_id": "5", "guild_id": "9"}
    copy: Json = {"content": rng.choice("uv"), "mentions": people(rng)}
    with_files(rng, copy)
    with_components(rng, copy)
    post["message_snapshots"] = [{"message": copy}]


def by_webhook(rng: random.Random, post: Json) -> None:
    """Come from a webhook in disguise, or from a bot that answers a command."""
    post["webhook_id"] = post["author"]["id"]
    if rng.random() < 0.5:
        post["application_id"] = post["webhook_id"]
        post["interaction_metadata"] = {"id": "1", "user": person(rng)}


def of_another_type(rng: random.Random, post: Json) -> None:
    """Be one that Discord writes, or that is not known yet."""
    post["type"] = rng.choice([6, 7, 46, 9999])
    post["call"] = rng.choice([None, {"participants": ["1"]}])
    post["sticker_items"] = [{"id": "700", "name": "s"}]
    post["flags"] = rng.choice([2, 2**40])


SHAPES: tuple[Shape, ...] = (
    *(mentioning, reacted, with_files, with_components, with_poll),
    *(replying, forwarding, by_webhook, of_another_type),
)

# a field of a message, and what should never stand there
ODDITIES: tuple[tuple[str, Json], ...] = (
    *(("content", 5), ("content", None), ("embeds", "x"), ("components", 7)),
    *(("mentions", None), ("mentions", {"id": "4"}), ("mentions", [None, 5])),
    *(("reactions", None), ("reactions", [{"emoji": None, "count": "x"}])),
    *(("attachments", [{"filename": "no id"}]), ("attachments", {})),
    *(("author", None), ("author", {"username": "nobody"}), ("author", 5)),
    *(("poll", []), ("poll", {"answers": [{"answer_id": 1}, {"answer_id": 1}]})),
    *(("message_reference", "x"), ("message_reference", {}), ("flags", "many")),
    *(("type", "0"), ("type", None), ("edited_timestamp", "yesterday")),
    *(("timestamp", None), ("pinned", "yes"), ("webhook_id", 5), ("thread", "x")),
)


def new_message(rng: random.Random, message_id: int, posted: datetime) -> Json:
    """Return a message of up to three shapes at once."""
    made = message(posted, author=person(rng), content=rng.choice(["", "one", "two"]))
    made |= {"id": str(message_id), "pinned": False, "attachments": []}
    for shape in rng.sample(SHAPES, rng.choice([0, 1, 1, 3])):
        shape(rng, made)
    return made


def edit(rng: random.Random, post: Json, at: datetime) -> None:
    """Let the author change it."""
    post["content"] = rng.choice(["three", "four", post["content"]])
    post["edited_timestamp"] = at.isoformat()
    rng.choice([with_files, with_components, mentioning])(rng, post)


def change_silently(rng: random.Random, post: Json) -> None:
    """Change it as Discord itself or its readers do, without an edit."""
    if isinstance(post.get("poll"), dict):
        post["poll"]["results"] = poll_results(rng, is_finalized=rng.random() < 0.5)
    elif rng.random() < 0.5:
        post["embeds"] = [{"type": "link", "title": rng.choice("tu")}]
    else:
        reacted(rng, post)


def without_content(post: Json) -> Json:
    """Return what an application without the message content intent is shown."""
    empty: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
    return {key: value for key, value in {**post, **empty}.items() if key != "poll"}


def shown(rng: random.Random, post: Json, *, has_content: bool, odd: float) -> Json:
    """Return a message as one page shows it, with something odd by chance `odd`."""
    copy: Json = deepcopy(post if has_content else without_content(post))
    if rng.random() < odd:
        field, value = rng.choice(ODDITIES)
        copy[field] = value
    return copy


def contents_of(posts: Mapping[int, Json]) -> dict[int, str | None]:
    """Return what messages say, by id."""
    return {message_id: post["content"] for message_id, post in posts.items()}
