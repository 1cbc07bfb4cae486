"""Forgetting as a function of JSON: who is forgotten is in it no more, all else is."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.erasure import (
    DELETED_USER,
    DELETED_USER_ID,
    Erasure,
    dumps,
    erased,
    erased_request,
    erased_text,
    found_in,
    loads,
)
from tests import exports

Json = Any

WHO = "1200000000000000007"
ELSE = "1300000000000000008"
MESSAGE = "1400000000000000009"
CHANNEL = "1100000000000000006"
PERSON = Erasure(users=frozenset({WHO}))
POST = Erasure(messages=frozenset({MESSAGE}))
PLACE = Erasure(channels=frozenset({CHANNEL}))


def user(user_id: str, name: str = "mira", **own: Json) -> Json:
    """Return a user as Discord shows one."""
    named = {"username": name, "global_name": name.title(), "avatar": "a1b2"}
    return {"id": user_id, **named, "discriminator": "0", **own}


def post(author: Json, message_id: str = MESSAGE, **own: Json) -> Json:
    """Return a message that says all that one can say."""
    return {
        "id": message_id,
        "channel_id": "1",
        "type": 0,
        "flags": 0,
        "timestamp": "2026-03-01T00:00:00+00:00",
        "author": author,
        "content": "a secret",
        "attachments": [{"id": "2", "filename": "secret.png"}],
        "embeds": [{"title": "secret"}],
        "components": [{"type": 1}],
        "sticker_items": [{"id": "3", "name": "secret"}],
        "poll": {"question": {"text": "secret?"}},
        "nonce": "secret",
        "mentions": [],
        "reactions": [{"emoji": {"id": None, "name": "👍"}, "count": 3}],
        **own,
    }


GONE = user(DELETED_USER_ID, DELETED_USER) | {
    "global_name": None,
    "avatar": None,
    "discriminator": "0000",
}


# --- people ---------------------------------------------------------------------------


def test_a_person_becomes_discords_deleted_user() -> None:
    """As the value of a key; whether it is a bot stays, for counts depend on it."""
    decorated = user(WHO, bot=True, clan={"tag": "MIRA"}, banner="b3")

    assert erased({"creator": decorated}, PERSON) == {"creator": {**GONE, "bot": True}}


@pytest.mark.parametrize(
    "element",
    [
        user(WHO),
        {"user": user(WHO), "nick": "Mimi", "roles": []},
        {"user": user(WHO), "reason": "spam"},
        {"guild_scheduled_event_id": "5", "user_id": WHO, "user": user(WHO)},
        {"id": "5", "user_id": WHO, "join_timestamp": "2026-03-01T00:00:00+00:00"},
        {"id": WHO, "type": 1, "allow": "0", "deny": "1024"},
        exports.user(int(WHO), "mira"),
    ],
    ids=["user", "member", "ban", "interest", "thread member", "rights", "exported"],
)
def test_a_person_leaves_every_list(element: Json) -> None:
    """Mentions, reactions, members, bans; the others in it stay."""
    other = json.loads(json.dumps(element).replace(WHO, ELSE))

    assert erased([element, other], PERSON) == [other]


@pytest.mark.parametrize(
    "element",
    [
        {"id": "5", "name": "wave", "user": user(WHO)},
        {"id": "5", "name": "feed", "channel_id": "1", "user": user(WHO)},
        {"id": "5", "name": "Picnic", "creator_id": WHO, "creator": user(WHO)},
        {"id": "5", "action_type": 22, "user_id": WHO, "target_id": ELSE},
        {"code": "abc", "inviter": user(WHO)},
    ],
    ids=["emoji", "webhook", "event", "audit log entry", "invite"],
)
def test_what_a_person_made_stays_as_nobodys(element: Json) -> None:
    """It is the guild's; only who made it is not told."""
    (kept,) = erased([element], PERSON)

    assert WHO not in dumps(kept)
    assert "mira" not in dumps(kept).lower()
    assert kept.keys() == element.keys()


def test_a_persons_message_stays_and_says_nothing() -> None:
    """Its id, place, time, type, flags and reactions stay; it is of nobody."""
    message = post(user(WHO), member={"nick": "Mimi"})

    kept = erased([message], PERSON)[0]

    assert kept["author"] == GONE
    assert "secret" not in dumps(kept)
    assert "member" not in kept
    stays = ("id", "channel_id", "type", "flags", "timestamp", "reactions")
    assert {key: kept[key] for key in stays} == {key: message[key] for key in stays}
    assert (kept["content"], kept["attachments"], kept["embeds"]) == ("", [], [])


def test_a_reply_no_longer_quotes_what_it_answers() -> None:
    """The reply is another's, and stays whole; what it quotes says nothing."""
    reply = post(user(ELSE), "15", content="so it is", type=19)
    quoted = {**reply, "referenced_message": post(user(WHO))}

    kept = erased([quoted], PERSON)[0]

    assert {**kept, "referenced_message": None} == {
        **quoted,
        "referenced_message": None,
    }
    assert kept["referenced_message"]["content"] == ""


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ({"message_snapshots": [{"message": {"content": "a secret"}}]}, {}),
        ({"flags": 2, "content": "a secret"}, {"content": "", "embeds": []}),
        ({"type": 46, "embeds": [{"title": "secret"}]}, {"embeds": []}),
    ],
    ids=["forward", "crosspost", "result of a poll"],
)
def test_who_repeats_a_message_repeats_it_no_more(own: Json, left: Json) -> None:
    """None of them names the author: it is the message that is known."""
    plain = {"content": "", "attachments": [], "embeds": []}
    reference = {"message_reference": {"message_id": MESSAGE, "channel_id": "1"}}
    message = {"id": "15", "type": 0, "author": user(ELSE), **plain, **reference}

    kept = erased([{**message, **own}], POST)[0]

    assert "secret" not in dumps(kept)
    assert kept["author"] == user(ELSE)
    assert kept | left == kept


def test_a_message_that_is_forgotten_keeps_its_author() -> None:
    """Wherever it stands: on a page, pinned, quoted."""
    message = post(user(ELSE))
    page = {"items": [{"pinned_at": "now", "message": message}]}

    kept = erased([page, message], POST)

    assert "secret" not in dumps(kept)
    assert kept[1]["author"] == user(ELSE)


def test_ids_in_texts_and_addresses_become_the_deleted_users() -> None:
    """Mentions, pictures, numbers, keys; a longer number is another's."""
    text = (
        f"<@{WHO}> <@!{WHO}> 1{WHO} {WHO}2 https://cdn.example/avatars/{WHO}/a1.png?s=1"
    )

    kept = erased({"content": text, WHO: 1, "owner_id": int(WHO)}, PERSON)

    assert kept == {
        "content": f"<@{DELETED_USER_ID}> <@!{DELETED_USER_ID}> 1{WHO} {WHO}2"
        " https://cdn.example/embed/avatars/0.png?s=1",
        DELETED_USER_ID: 1,
        "owner_id": int(DELETED_USER_ID),
    }


def test_an_audit_log_entry_about_a_person_tells_no_details() -> None:
    """Names before and after, and why; somebody else's stay."""
    entry = {
        "id": "5",
        "action_type": 24,
        "user_id": ELSE,
        "target_id": WHO,
        "changes": [{"key": "nick", "new_value": "Mimi"}],
        "reason": "asked for it",
    }
    other = {**entry, "target_id": ELSE}

    kept = erased({"audit_log_entries": [entry, other]}, PERSON)["audit_log_entries"]

    assert kept[0]["changes"] == []
    assert "reason" not in kept[0]
    assert kept[1] == other


def test_an_export_names_a_person_in_texts() -> None:
    """Where others mention them, the exporter writes the name in place of the id."""
    mention = exports.mentioned(int(WHO), "mira")
    text = "thanks @Mira, @Miranda! mira is fine"
    message = exports.message(15, text, mentions=[mention])

    kept = erased([message], PERSON)[0]

    assert kept["content"] == f"thanks @{DELETED_USER}, @Miranda! mira is fine"
    assert kept["mentions"] == []


def test_an_exported_message_of_a_person_says_nothing() -> None:
    """In the exporter's own shape."""
    author = exports.user(int(WHO), "mira", roles=[{"id": "3", "name": "helper"}])
    message = exports.telling(int(MESSAGE)) | {"author": author, "content": "a secret"}

    kept = erased([message], PERSON)[0]

    assert kept["author"]["name"] == kept["author"]["nickname"] == DELETED_USER
    assert kept["author"]["roles"] == []
    assert (kept["content"], kept["embeds"], kept["stickers"]) == ("", [], [])
    assert not {"forwardedMessage", "interaction"} & kept.keys()
    assert kept["reactions"] == message["reactions"]


# --- channels -------------------------------------------------------------------------


def test_a_channel_leaves_lists_with_its_threads() -> None:
    """A guild's first channel has the id of the guild and of its first role."""
    channel = {"id": CHANNEL, "type": 0, "name": "secret", "parent_id": None}
    thread = {"id": "5", "type": 11, "name": "secret", "parent_id": CHANNEL}
    kept = [
        {
            "id": "6",
            "type": 0,
            "name": "in a category of that id",
            "parent_id": CHANNEL,
        },
        {"id": CHANNEL, "name": "@everyone", "permissions": "0"},
        {"id": CHANNEL, "type": 0, "allow": "0", "deny": "0"},
    ]

    assert erased([channel, thread, *kept], PLACE) == kept
    shown = erased({"channel": channel}, PLACE)["channel"]
    assert "secret" not in dumps(shown)


# --- requests and texts ---------------------------------------------------------------


@pytest.mark.parametrize("listed", [[ELSE, "1400000000000000000"], []])
def test_a_list_that_went_on_after_a_person_goes_on_at_the_same_place(
    listed: list[str],
) -> None:
    """Its cursor lies between who was on the page before and who is on this one."""
    request = {"path": "/guilds/1/members", "after": int(WHO), "limit": 1000}
    body = [{"user": user(one)} for one in listed]

    kept = erased_request(request, body, PERSON)

    assert int(WHO) < kept["after"] < int(listed[0] if listed else 1 << 63)
    assert kept | {"after": int(WHO)} == request
    assert abs(kept["after"] - int(WHO)) > 1000


def test_names_leave_a_text_where_they_are_words() -> None:
    """The longest first."""
    text = erased_text("Mira Okapi, mirabelle", PERSON, {"Mira", "Mira Okapi", "mira"})

    assert text == f"{DELETED_USER}, mirabelle"


def test_names_and_messages_are_found_wherever_they_are_shown() -> None:
    """To be looked for in reports, and in who repeats them."""
    member = {"user": user(WHO, "mira"), "nick": "Mimi"}
    exported = exports.message(16, author=exports.user(int(WHO), "okapi"))
    page = [member, post(user(WHO)), {"referenced_message": exported}, user(ELSE, "x")]

    found = found_in(page, frozenset({WHO}))

    assert found.names == {"mira", "Mira", "Mimi", "okapi", "Okapi"}
    assert found.messages == {MESSAGE, "16"}


# --- whatever the page is -------------------------------------------------------------

TEXTS = st.sampled_from(
    [WHO, ELSE, f"<@{WHO}>", f"avatars/{WHO}/a.png", "", "a\0b", "é", MESSAGE, CHANNEL]
)
KEYS = st.sampled_from(
    [
        *("id", "user", "user_id", "author", "content", "type", "name", "username"),
        *("mentions", "member", "nick", "target_id", "action_type", "changes", WHO),
        *(
            "message_reference",
            "message_id",
            "parent_id",
            "channel_id",
            "allow",
            "deny",
        ),
        *("message_snapshots", "isBot", "referenced_message", "options", "recipients"),
        "deny",
    ]
)
PAGES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.just(int(WHO)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6)
    ),
    max_leaves=30,
)
ALL = Erasure(frozenset({WHO}), frozenset({MESSAGE}), frozenset({CHANNEL}))


@given(PAGES)
def test_no_page_tells_who_was_forgotten(page: Json) -> None:
    """However it is shaped; what was given is left as it is, and twice is as once."""
    given_page = copy.deepcopy(page)

    kept = erased(page, ALL)

    assert WHO not in dumps(kept)
    assert page == given_page
    assert erased(kept, ALL) == kept


@given(PAGES)
def test_a_page_of_others_stays_as_it_is(page: Json) -> None:
    """To the letter: where nobody is to be forgotten, and where others are."""
    others = Erasure(*(frozenset({"999999999999999999"}),) * 3)

    assert erased(page, Erasure()) == page
    assert erased(page, others) == page


@given(PAGES)
def test_numbers_stay_as_they_are_written(page: Json) -> None:
    """Digits that no float has, and more of them than Python would read."""
    written = f"[{'7' * 5000},1.10,-1e400,0.1000000000000000055511151231257827]"

    assert dumps(loads(written)) == written
    assert json.loads(dumps(page)) == page
    assert json.loads(dumps(page, is_ascii=True)) == page
