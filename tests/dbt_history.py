"""What two accounts land of a made-up guild, by seeded chance: pages of every kind.

Owns how pages are asked for and what is wrong with them; one table names all ways.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from tests import exports
from tests.dbt_history_guild import (
    CROWDS,
    FIRST_THREAD,
    GUILDS,
    KINDS,
    OTHER_GUILD,
    Guild,
    Key,
)
from tests.dbt_history_messages import shown
from tests.dbt_warehouse import GUILD, Json, Landing
from tests.exporter import exported

PAGE = 4
MESSAGES_ACCOUNT, BLIND_ACCOUNT = "bot", "blind"
# what may stand where an element should
BROKEN: tuple[Json, ...] = (None, 5, [], "text", {}, {"id": "x"}, {"id": None})


@dataclass
class History:
    """The pages of one guild, landed in the order of their ids."""

    landing: Landing
    rng: random.Random
    guild: Guild
    # what the extractor would not store a second time: the last page of each request
    latest: dict[str, tuple[int, Json]] = field(default_factory=dict)
    # message pages as they were, to be landed late or twice
    kept: list[dict[str, Json]] = field(default_factory=list)
    exported_channels: set[int] = field(default_factory=set)
    is_faultless: bool = False

    @classmethod
    def begin(cls, landing: Landing, seed: int) -> History:
        """Begin with a guild in which something has happened already."""
        rng = random.Random(seed)
        guild = Guild(rng)
        for _ in range(60):
            guild.happen()
        return cls(landing, rng, guild)

    def go_on(self, steps: int) -> None:
        """Let things happen, and pages be landed."""
        for _ in range(steps):
            for _ in range(self.rng.randrange(4)):
                self.guild.happen()
            self.rng.choice(WAYS)(self)

    def read_everything(self) -> None:
        """Land all that there is, from the beginning to the end and without a fault."""
        self.is_faultless = True
        self.guild.now += timedelta(hours=1)
        self.guild.post_everywhere()
        for channel_id in GUILDS:
            self.guild.pin_something(channel_id)
            self.read_channel(channel_id)
            self.read_pins(channel_id)
        for kind in ("roles", "emojis", "stickers", "webhooks", "invites"):
            self.read_list(kind)
        self.read_paged("members")
        self.read_paged("bans")
        for crowd in CROWDS:
            self.read_crowd(crowd)
        self.read_guilds()
        self.read_channels()
        for channel_id in KINDS["channels"][1]:
            self.read_one_channel(channel_id)
        for event_id in KINDS["scheduled_events"][1]:
            self.read_one_event(event_id)
        self.guild.now += timedelta(days=1)
        self.landing.sync(self.guild.now)

    def faulty(self, chance: float) -> bool:
        """Say whether something goes wrong this time."""
        return not self.is_faultless and self.rng.random() < chance

    # --- landing ----------------------------------------------------------------------

    def clocks(self) -> dict[str, Json]:
        """Return our clock, which may be wrong, and Discord's."""
        ours = self.guild.now - timedelta(days=self.faulty(0.1))
        return {"fetched_at": ours, "responded_at": self.guild.now}

    def land(
        self,
        resource: str,
        body: Json,
        path: str,
        channel_id: int | None = None,
        **cursor: Json,
    ) -> None:
        """Land a page, unless it equals the last one of its request."""
        request = {"path": path, **cursor}
        known = self.latest.get(str(request))
        clocks = self.clocks()
        if known and known[1] == body:
            self.landing.seen_again(resource, known[0], clocks["fetched_at"])
            return
        for _ in range(1 + self.faulty(0.05)):
            page_id = self.landing.page(
                resource,
                body,
                # a channel never moves to another guild
                guild_id=GUILDS.get(channel_id or 0, GUILD),
                channel_id=channel_id,
                request=request,
                account=self.rng.choice([MESSAGES_ACCOUNT, BLIND_ACCOUNT]),
                item_count=len(body) if isinstance(body, list) else 1,
                **clocks,
            )
            self.latest[str(request)] = (page_id, body)

    def broken(self, elements: list[Json]) -> list[Json]:
        """Return elements of which one may be broken."""
        if self.faulty(0.15):
            place = self.rng.randrange(len(elements) + 1)
            return [*elements[:place], self.rng.choice(BROKEN), *elements[place:]]
        return elements

    def land_null(self) -> None:
        """Land a page whose JSON no jsonb can hold."""
        resource = self.rng.choice(["messages", "pins", "threads", *KINDS])
        self.landing.page(resource, None, item_count=3, **self.clocks())

    # --- messages ---------------------------------------------------------------------

    def read_messages(self) -> None:
        """Land one page of a channel's messages, asked for in some way."""
        channel_id = self.rng.choice(list(GUILDS))
        ids = sorted(self.guild.messages[channel_id])
        anywhere = self.rng.choice([0, *ids, *(i + 1 for i in ids)])
        asked = self.rng.choice(["after", "after", "before", "end", "start", "newest"])
        if asked == "after":
            self.land_after(channel_id, anywhere)
        elif asked == "end":
            self.land_after(channel_id, max(ids, default=0))
        elif asked == "newest":
            self.land_messages(channel_id, ids[-PAGE:])
        else:
            before = anywhere if asked == "before" else min(ids, default=1)
            below = [one for one in ids if one < before]
            self.land_messages(channel_id, below[-PAGE:], before=before)

    def land_after(self, channel_id: int, after: int) -> int | None:
        """Land the page above an id, and return its greatest."""
        above = [one for one in sorted(self.guild.messages[channel_id]) if one > after]
        self.land_messages(channel_id, above[:PAGE], after=after)
        return max(above[:PAGE], default=None)

    def land_messages(self, channel_id: int, ids: list[int], **cursor: int) -> None:
        """Land a page of these messages, newest first, now or later."""
        is_blind = self.faulty(0.3)
        odd = 0.0 if self.is_faultless else 0.1
        posts = self.guild.messages[channel_id]
        elements = [
            shown(self.rng, posts[one], has_content=not is_blind, odd=odd)
            for one in sorted(ids, reverse=True)
            for _ in range(1 + self.faulty(0.05))
        ]
        body = self.broken(elements)
        page = {
            "body": body,
            "guild_id": GUILDS[channel_id],
            "channel_id": channel_id,
            "request": {"path": f"/channels/{channel_id}/messages", **cursor},
            "account": BLIND_ACCOUNT if is_blind else MESSAGES_ACCOUNT,
            "has_message_content": not is_blind,
            "is_history_readable": self.rng.choice([False, None, *[True] * 6])
            if not self.is_faultless
            else True,
            "item_count": len(elements),
            **self.clocks(),
        }
        if self.faulty(0.2):
            self.kept.append(page)
        if not self.faulty(0.1):
            self.landing.page("messages", **page)

    def land_kept(self) -> None:
        """Land a page once more, or for the first time, whatever came in between."""
        if self.kept:
            self.landing.page("messages", **self.rng.choice(self.kept))

    def read_channel(self, channel_id: int) -> None:
        """Land all pages of a channel, to the empty one at its end."""
        after: int | None = 0
        while after is not None:
            after = self.land_after(channel_id, after)

    def read_one_message(self) -> None:
        """Ask for one message, which there is or is not."""
        gone = [(place, int(post["id"])) for place, post in self.guild.deleted]
        found = self.guild.some_message()
        channel_id, message_id = self.rng.choice([*gone[-3:], found or (200, 1)])
        path = f"/channels/{channel_id}/messages/{message_id}"
        place: Json = {"guild_id": GUILDS[channel_id], "channel_id": channel_id}
        place["request"] = {"path": path}
        post = self.guild.messages[channel_id].get(message_id)
        if post:
            body = shown(self.rng, post, has_content=True, odd=0.1)
            self.landing.page("messages", body, **place, item_count=1, **self.clocks())
        else:
            error = self.rng.choice([(404, 10008), (404, 10008), (403, 50001)])
            self.landing.refusal("messages", *error, **place)

    def read_pins(self, channel_id: int) -> None:
        """Land the pins of a channel, newest first; they show no reactions."""
        pins = sorted(
            self.guild.pins[channel_id].items(), key=lambda pin: -pin[1].timestamp()
        )
        posts = self.guild.messages[channel_id]
        path = f"/channels/{channel_id}/messages/pins"
        cursor: Json = {}
        for start in range(0, max(len(pins), 1), 2):
            page = pins[start : start + 2]
            items = []
            for message_id, pinned_at in page:
                post = shown(self.rng, posts[message_id], has_content=True, odd=0.0)
                post.pop("reactions", None)
                items.append({"pinned_at": pinned_at.isoformat(), "message": post})
            body = {"items": self.broken(items), "has_more": start + 2 < len(pins)}
            self.land("pins", body, path, channel_id, **cursor)
            if self.faulty(0.2):
                return
            cursor = {"before": page[-1][1].isoformat()} if page else {}

    # --- exports ----------------------------------------------------------------------

    def export(self) -> None:
        """Land an export of some of a channel's messages, of any version."""
        channel_id = self.rng.choice(list(GUILDS))
        version = self.rng.choice(exports.VERSIONS)
        posts = self.guild.messages[channel_id].values()
        is_formatted = self.rng.random() < 0.5
        shown = [
            exported(post, version, is_formatted=is_formatted)
            for post in posts
            if self.rng.random() < 0.8
        ]
        self.exported_channels.add(channel_id)
        self.landing.export(
            exports.document(
                self.broken(shown),
                version,
                guild_id=GUILDS[channel_id],
                channel_id=channel_id,
                exported_at=self.clocks()["fetched_at"],
                channel={"name": self.rng.choice("gh"), "categoryId": None},
            )
        )

    # --- lists ------------------------------------------------------------------------

    def read_list(self, kind: str) -> None:
        """Land a list of one page."""
        listed = list(self.guild.things[kind].values())
        self.rng.shuffle(listed)
        self.land(kind, self.broken(listed), f"/guilds/{GUILD}/{kind}")

    def read_paged(self, kind: str) -> None:
        """Land a list page by page, to the empty one at its end or not so far."""
        things = self.guild.things[kind]
        after = 0
        while not self.faulty(0.1):
            keys = [key for key in sorted(things) if key > after][:PAGE]
            body = self.broken([things[key] for key in keys])
            cursor = {"after": after} if after else {}
            self.land(kind, body, f"/guilds/{GUILD}/{kind}", **cursor, limit=PAGE)
            if not keys:
                return
            after = keys[-1]

    def read_crowd(self, crowd: Key) -> None:
        """Land who reacted, voted or is coming, to the first page that is not full."""
        name, unit = crowd[0], crowd[1:]
        after, is_full = 0, True
        while is_full and not self.faulty(0.1):
            ids = [one for one in sorted(self.guild.crowds[crowd]) if one > after][
                :PAGE
            ]
            cursor: Json = {"after": after} if after else {}
            self.land_crowd(name, unit, ids, limit=PAGE, **cursor)
            is_full = len(ids) == PAGE
            after = ids[-1] if ids else after

    def land_crowd(self, name: str, unit: Key, ids: list[int], **cursor: Json) -> None:
        """Land one page of users, in the shape that its resource has."""
        users = [{"id": str(one), "username": f"user{one}"} for one in ids]
        if name == "event_users":
            body = [{"user_id": str(one), "response": 1} for one in ids]
            path = f"/guilds/{GUILD}/scheduled-events/{unit[0]}/users"
            self.land(name, self.broken(body), path, **cursor)
        elif name == "poll_voters":
            path = f"/channels/200/polls/{unit[0]}/answers/{unit[1]}"
            self.land(name, {"users": self.broken(users)}, path, 200, **cursor)
        else:
            emoji = {"a": "a", "77": "wave:77"}[unit[1]]
            path = f"/channels/200/messages/{unit[0]}/reactions/{quote(emoji, safe='')}"
            self.land(name, self.broken(users), path, 200, type=unit[2], **cursor)

    def read_own_member(self) -> None:
        """Land one member alone."""
        members = self.guild.things["members"]
        if members:
            key = self.rng.choice(sorted(members))
            self.land("members", members[key], f"/guilds/{GUILD}/members/{key}")

    def read_audit_log(self) -> None:
        """Land the entries above some id, and the users they name."""
        after = self.rng.choice(["0", *(entry["id"] for entry in self.guild.log)])
        entries = [e for e in self.guild.log if int(e["id"]) > int(after)][:PAGE]
        body = {"audit_log_entries": self.broken(entries), "users": self.guild.people()}
        self.land("audit_log", body, f"/guilds/{GUILD}/audit-logs", after=after)

    def read_events(self) -> None:
        """Land the events to come: those that are over have left the list."""
        events = self.guild.things["scheduled_events"]
        coming = {key: one for key, one in events.items() if one["status"] in (1, 2)}
        body = self.broken(list(coming.values()))
        self.land("scheduled_events", body, f"/guilds/{GUILD}/scheduled-events")

    def read_one_event(self, event_id: int) -> None:
        """Ask for one event, which there is or is not."""
        path = f"/guilds/{GUILD}/scheduled-events/{event_id}"
        event = self.guild.things["scheduled_events"].get(event_id)
        if event:
            self.land("scheduled_events", event, path)
        else:
            request = {"path": path}
            self.landing.refusal("scheduled_events", 404, 10070, request=request)

    # --- the guild and its channels ---------------------------------------------------

    def read_guilds(self) -> None:
        """Land one of two guilds."""
        guild_id = self.rng.choice([GUILD, OTHER_GUILD])
        body: Json = {"id": str(guild_id), "name": self.rng.choice("GH")}
        body |= {"features": self.rng.choice([[], ["NEWS", 5], None])}
        self.landing.page("guilds", body, guild_id=guild_id, **self.clocks())

    def visible(self) -> dict[int, Json]:
        """Return the channels and threads that the accounts may see."""
        channels = self.guild.things["channels"]
        return {
            key: one for key, one in channels.items() if key not in self.guild.hidden
        }

    def read_channels(self) -> None:
        """Land the guild's channels, or its threads."""
        visible = self.visible()
        for is_thread in (False, True):
            body = {
                k: v for k, v in visible.items() if (k >= FIRST_THREAD) == is_thread
            }
            listed = self.broken(list(body.values()))
            if is_thread:
                active = {"threads": listed, "has_more": False}
                self.land("threads", active, f"/guilds/{GUILD}/threads/active")
            else:
                self.land("channels", listed, f"/guilds/{GUILD}/channels")

    def read_one_channel(self, channel_id: int) -> None:
        """Ask for one channel, which is shown, hidden or unknown."""
        path = f"/channels/{channel_id}"
        body = self.visible().get(channel_id)
        if body:
            self.land("channels", body, path, channel_id)
            return
        error = (403, 50001) if self.guild.exists(channel_id) else (404, 10003)
        asked: Json = {"channel_id": channel_id, "request": {"path": path}}
        self.landing.refusal("channels", *error, **asked)

    def end_run(self) -> None:
        """Record that a run reached the guild's end."""
        is_complete = self.rng.random() < 0.5
        self.landing.sync(self.guild.now, is_backfill_complete=is_complete)

    def read_some_list(self) -> None:
        """Land one of the lists of one page."""
        lists = ["roles", "emojis", "stickers", "webhooks", "invites"]
        self.read_list(self.rng.choice(lists))


WAYS: tuple[Callable[[History], None], ...] = (
    *[History.read_messages] * 10,
    *[History.land_kept] * 3,
    *[History.read_one_message] * 3,
    *[History.export] * 5,
    *[lambda h: h.read_pins(h.rng.choice(list(GUILDS)))] * 3,
    *[History.read_some_list] * 5,
    *[lambda h: h.read_paged("members")] * 2,
    *[lambda h: h.read_paged("bans")] * 2,
    *[lambda h: h.read_crowd(h.rng.choice(CROWDS))] * 5,
    *(History.read_own_member, History.read_audit_log, History.read_audit_log),
    *(History.read_events, lambda h: h.read_one_event(h.rng.randrange(400, 405))),
    *(History.read_guilds, History.end_run, History.land_null),
    *[History.read_channels] * 3,
    *[lambda h: h.read_one_channel(h.rng.randrange(220, 236))] * 3,
)
