"""The lists of a guild beside its channels: one piece of work for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from extractor import resources
from extractor.access import GuildAccess, Turns
from extractor.client import Answer
from extractor.errors import DiscordError, RefusedError, UnavailableError
from extractor.resources import Endpoint

List = Callable[[GuildAccess], Turns]


def scheduled_events(access: GuildAccess) -> Turns:
    """Read the events to come, and once more those that have left their list."""
    listed: set[str] = set()
    yield from access.turns(
        resources.SCHEDULED_EVENTS,
        {},
        on_answer=lambda answer: listed.update(_ids(answer.body)),
    )
    for event_id in access.landing.unfinished_events(access.guild_id):
        if event_id not in listed:
            yield from _last_word(access, event_id)


def _last_word(access: GuildAccess, event_id: str) -> Turns:
    ids = {"event_id": event_id}
    yield access.turn(resources.SCHEDULED_EVENT, ids)
    try:
        access.ask(resources.SCHEDULED_EVENT, ids, is_remembered=False)
    except RefusedError:
        return  # deleted, which is on record


def event_users(access: GuildAccess) -> Turns:
    """Read who is interested in each event of the latest list."""
    events = access.landing.latest_list("scheduled_events", access.guild_id)
    for event_id in _ids(events):
        try:
            yield from access.turns(
                resources.EVENT_USERS, {"event_id": event_id}, is_remembered=False
            )
        except RefusedError:
            continue  # deleted meanwhile, which is on record


def audit_log(access: GuildAccess) -> Turns:
    """Read the entries since the last one known; Discord keeps them for 45 days."""
    endpoint = resources.AUDIT_LOG
    newest = access.known_to(endpoint, {}) or "0"

    def note(answer: Answer) -> None:
        nonlocal newest
        ids = map(int, _ids(endpoint.items(answer.body)))
        newest = str(max([int(newest), *ids]))
        access.know(endpoint, {}, newest)

    yield from access.turns(endpoint, {}, {"after": newest}, on_answer=note)


def _ids(listed: object) -> list[str]:
    return [
        str(item["id"])
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and "id" in item
    ]


LIST_ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        *(resources.MEMBERS, resources.EMOJIS, resources.STICKERS),
        *(resources.SCHEDULED_EVENTS, resources.EVENT_USERS, resources.INVITES),
        *(resources.WEBHOOKS, resources.BANS, resources.AUDIT_LOG),
    )
}
_WITH_WAYS_OF_THEIR_OWN: Mapping[str, List] = {
    "scheduled_events": scheduled_events,
    "event_users": event_users,
    "audit_log": audit_log,
}


def _read(name: str, access: GuildAccess) -> Turns:
    own_way = _WITH_WAYS_OF_THEIR_OWN.get(name)
    return own_way(access) if own_way else access.turns(LIST_ENDPOINTS[name], {})


def read_lists(
    names: Iterable[str],
    accesses: Sequence[GuildAccess],
    note: Callable[[str, DiscordError], None],
) -> Turns:
    """Read lists one after the other, each through the first account that may.

    ``note`` is told which one nobody may read, or could not be had this time.
    """
    for name in names:
        refused: RefusedError | None = None
        for access in accesses:
            try:
                yield from _read(name, access)
            except RefusedError as error:
                refused = refused or error
            except UnavailableError as error:
                note(name, error)
                refused = None
                break
            else:
                refused = None
                break
        if refused is not None:
            note(name, refused)
