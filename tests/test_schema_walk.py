"""Discord's official schema against the warehouse: no property is left unsaid.

Each property of an entity is a column under its own name, stands in RENAMED with the
columns it became, or in seeds/not_modelled.csv with the reason why it became none. What
a page tells of it is what the column holds.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from dbt.contracts.graph.nodes import ModelNode

from extractor.embedded import Embedded
from tests.dbt_warehouse import (
    CHANNEL,
    DATABASE,
    GUILD,
    ROOT,
    Landing,
    built_warehouse,
    parsed,
)

SCHEMA_FILE = ROOT / "tests" / "fake_discord" / "discord_schema.json"
SEED_FILE = ROOT / "seeds" / "not_modelled.csv"

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
Json = dict[str, Any]
Columns = Mapping[str, Mapping[str, str | None]]

# Our tables, and the schemas whose properties become their columns: the entity's own,
# and those of objects inside it that are taken apart. What stays jsonb is not walked.
ENTITIES = {
    "attachments": ["MessageAttachmentResponse"],
    "audit_log_entries": ["AuditLogEntryResponse"],
    "bans": ["GuildBanResponse"],
    "channels": [
        "GuildChannelResponse",
        "PrivateChannelResponse",
        "PrivateGroupChannelResponse",
        "ThreadResponse",
        "ThreadMetadataResponse",
        "DefaultReactionEmojiResponse",
    ],
    "emojis": ["EmojiResponse"],
    "event_users": ["ScheduledEventUserResponse"],
    "guilds": ["GuildWithCountsResponse"],
    "invites": ["GuildInviteResponse"],
    "members": ["GuildMemberResponse"],
    "message_references": ["MessageReferenceResponse"],
    "messages": ["MessageResponse"],
    "pins": ["PinnedMessageResponse"],
    "poll_answers": [
        "PollAnswerResponse",
        "PollMediaResponse",
        "PollResultsEntryResponse",
    ],
    "polls": ["PollResponse", "PollResultsResponse"],
    "reactions": [
        "MessageReactionResponse",
        "MessageReactionCountDetailsResponse",
        "MessageReactionEmojiResponse",
    ],
    "roles": ["GuildRoleResponse", "GuildRoleColorsResponse", "GuildRoleTagsResponse"],
    "scheduled_events": [
        "ScheduledEventResponse",
        "ExternalScheduledEventResponse",
        "StageScheduledEventResponse",
        "VoiceScheduledEventResponse",
    ],
    "stickers": ["GuildStickerResponse", "StandardStickerResponse"],
    "users": ["UserResponse", "UserPrimaryGuildResponse"],
    "webhooks": [
        "GuildIncomingWebhookResponse",
        "ApplicationIncomingWebhookResponse",
        "ChannelFollowerWebhookResponse",
    ],
}

# Of these, the schemas of what stands inside an entity of the same name or another.
INSIDE = {
    *("DefaultReactionEmojiResponse", "ThreadMetadataResponse"),
    *("GuildRoleColorsResponse", "GuildRoleTagsResponse"),
    *("MessageReactionCountDetailsResponse", "MessageReactionEmojiResponse"),
    *("MessageReferenceResponse", "UserPrimaryGuildResponse"),
    *("PollAnswerResponse", "PollMediaResponse", "PollResultsEntryResponse"),
    *("PollResponse", "PollResultsResponse"),
}

# Properties under another name: their columns, as table.column where in another table.
RENAMED: dict[str, dict[str, str]] = {
    "attachments": {
        "id": "attachment_id",
        "size": "size_bytes",
        "duration_secs": "duration_seconds",
        "ephemeral": "is_ephemeral",
    },
    "audit_log_entries": {"id": "audit_log_entry_id"},
    "bans": {"user": "user_id users.user_id"},
    "channels": {
        "id": "channel_id",
        "nsfw": "is_nsfw",
        "managed": "is_managed",
        "recipients": "recipient_ids users.user_id",
        "applied_tags": "applied_tag_ids",
        "last_pin_timestamp": "last_pin_at",
        "default_reaction_emoji": (
            "default_reaction_emoji_id default_reaction_emoji_name"
        ),
        "emoji_id": "default_reaction_emoji_id",
        "emoji_name": "default_reaction_emoji_name",
        "thread_metadata": "is_archived is_locked is_invitable auto_archive_duration",
        "archived": "is_archived",
        "locked": "is_locked",
        "invitable": "is_invitable",
        "archive_timestamp": "archive_changed_at",
        "create_timestamp": "created_at",
    },
    "emojis": {
        "id": "emoji_id",
        "user": "user_id users.user_id",
        "roles": "role_ids",
        "require_colons": "is_wrapped_in_colons",
        "managed": "is_managed",
        "animated": "is_animated",
        "available": "is_available",
    },
    "event_users": {
        "guild_scheduled_event_id": "event_id",
        "guild_scheduled_event_exception_id": "event_exception_id",
        "member": "members.user_id",
        "user": "user_id users.user_id",
    },
    "guilds": {
        "id": "guild_id",
        "nsfw": "is_nsfw",
        "widget_enabled": "is_widget_enabled",
        "premium_progress_bar_enabled": "is_premium_progress_bar_enabled",
        "roles": "roles.role_id",
        "emojis": "emojis.emoji_id",
        "stickers": "stickers.sticker_id",
    },
    "invites": {
        "guild": "guild_id",
        "channel": "channel_id",
        "inviter": "inviter_id users.user_id",
        "target_user": "target_user_id users.user_id",
        "target_application": "target_application_id",
        "guild_scheduled_event": "event_id",
        "roles": "role_ids",
        "temporary": "is_temporary",
    },
    "members": {
        "user": "user_id users.user_id",
        "roles": "role_ids",
        "avatar_decoration_data": "avatar_decoration",
        "deaf": "is_deaf",
        "mute": "is_mute",
        "pending": "is_pending",
    },
    "message_references": {
        "guild_id": "referenced_guild_id",
        "channel_id": "referenced_channel_id",
        "message_id": "referenced_message_id",
    },
    "messages": {
        "id": "message_id",
        # Discord makes it from the id
        "timestamp": "created_at",
        "edited_timestamp": "edited_at",
        "author": "author_id users.user_id",
        "tts": "is_tts",
        "pinned": "is_pinned",
        "mention_everyone": "has_everyone_mention",
        "mentions": "mentioned_user_ids mentions.mentioned_id",
        "mention_roles": "mentioned_role_ids mentions.mentioned_id",
        "mention_channels": "mentioned_channels",
        "referenced_message": "message_references.referenced_message_state",
        "attachments": "attachments.attachment_id",
        "reactions": "reactions.emoji_key",
        "thread": "channels.channel_id",
        "interaction_metadata": "interaction",
        "role_subscription_data": "role_subscription",
    },
    "pins": {"message": "message_id messages.message_id"},
    "poll_answers": {
        "id": "answer_id",
        "count": "vote_count",
        "poll_media": "text emoji_id emoji_name",
        "emoji": "emoji_id emoji_name",
    },
    "polls": {
        "allow_multiselect": "is_multiselect",
        "answers": "poll_answers.answer_id",
        "expiry": "expires_at",
        "results": "has_results is_finalized",
        "answer_counts": "poll_answers.vote_count",
    },
    "reactions": {
        "emoji": "emoji_key emoji_id emoji_name is_animated",
        "id": "emoji_id",
        "name": "emoji_name",
        "animated": "is_animated",
        "count_details": "normal_count burst_count",
        "normal": "normal_count",
        "burst": "burst_count",
    },
    "roles": {
        "id": "role_id",
        # the first of the three colours, as clients knew it before there were three
        "color": "primary_color",
        "colors": "primary_color secondary_color tertiary_color",
        "hoist": "is_hoisted",
        "managed": "is_managed",
        "mentionable": "is_mentionable",
        "tags": "bot_id integration_id subscription_listing_id is_premium_subscriber",
        "premium_subscriber": "is_premium_subscriber",
        "available_for_purchase": "is_available_for_purchase",
        "guild_connections": "has_guild_connections",
    },
    "scheduled_events": {
        "id": "event_id",
        "creator": "creator_id users.user_id",
        "scheduled_start_time": "scheduled_start_at",
        "scheduled_end_time": "scheduled_end_at",
        "guild_scheduled_event_exceptions": "exceptions",
    },
    "stickers": {
        "id": "sticker_id",
        "user": "user_id users.user_id",
        "available": "is_available",
    },
    "users": {
        "id": "user_id",
        "bot": "is_bot",
        "system": "is_system",
        "avatar_decoration_data": "avatar_decoration",
        "primary_guild": "primary_guild_id",
        "identity_guild_id": "primary_guild_id",
        "identity_enabled": "is_primary_guild_displayed",
        "tag": "primary_guild_tag",
        "badge": "primary_guild_badge",
    },
    "webhooks": {
        "id": "webhook_id",
        "user": "user_id users.user_id",
        "source_guild": "source_guild_id source_guild_name",
        "source_channel": "source_channel_id source_channel_name",
    },
}

# Columns that hold something else than what the page told of their property.
COMPUTED = {
    # Discord makes a message's time from its id
    ("messages", "timestamp"),
}

# Columns that have a property's name and are another thing.
OTHERS = {
    # where the message stands that refers, not the one referred to
    "message_references": {"channel_id", "message_id"},
}


@cache
def published() -> Json:
    """Read Discord's schemas, by name."""
    schemas: Json = orjson.loads(SCHEMA_FILE.read_bytes())["components"]["schemas"]
    return schemas


def properties(entity: str, schemas: Json) -> set[str]:
    """Return what Discord may tell of an entity."""
    return {
        name for schema in ENTITIES[entity] for name in schemas[schema]["properties"]
    }


@pytest.fixture(scope="module")
def columns(postgres: Embedded) -> Columns:
    """Give the type of each column by its name, by table of the schema discord."""
    environment = postgres.environment(DATABASE)
    manifest, _ = parsed(tuple(sorted(environment.items())))
    return {
        model.name: {column.name: column.data_type for column in model.columns.values()}
        for model in manifest.nodes.values()
        if isinstance(model, ModelNode) and model.schema == "discord"
    }


@cache
def not_modelled() -> list[dict[str, str]]:
    """Read the seed."""
    with SEED_FILE.open(newline="") as file:
        return list(csv.DictReader(file))


def listed(entity: str) -> set[str]:
    """Return the properties of an entity that the seed gives a reason for."""
    return {line["property"] for line in not_modelled() if line["entity"] == entity}


def places(entity: str, name: str) -> list[tuple[str, str]]:
    """Return where a property should be found: tables and columns."""
    words = RENAMED.get(entity, {}).get(name, name).split()
    paths = [word.rpartition(".") for word in words]
    return [(table or entity, column) for table, _, column in paths]


def is_modelled(entity: str, name: str, columns: Columns) -> bool:
    """Say whether a property has all the typed columns it should have."""
    return all(columns[table].get(column) for table, column in places(entity, name))


def unsaid(entity: str, schemas: Json, columns: Columns) -> set[str]:
    """Return the properties that are neither columns nor listed."""
    return {
        name
        for name in properties(entity, schemas) - listed(entity)
        if not is_modelled(entity, name, columns)
    }


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_property_is_a_typed_column_or_has_a_reason_not_to_be(
    entity: str, columns: Columns
) -> None:
    """What Discord may send is either typed, or said to be left in the raw pages."""
    assert unsaid(entity, published(), columns) == set()


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_is_listed_is_a_property_that_has_no_column(
    entity: str, columns: Columns
) -> None:
    """A line of the seed goes when its property gets a column, or leaves the schema."""
    known = properties(entity, published())

    assert listed(entity) - known == set()
    assert {
        name for name in listed(entity) if is_modelled(entity, name, columns)
    } == set()


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_is_renamed_is_a_property_without_a_column_of_its_name(
    entity: str, columns: Columns
) -> None:
    """A renaming goes when its property leaves, or gets a column of its own name."""
    renamed = set(RENAMED.get(entity, {}))

    assert renamed - properties(entity, published()) == set()
    assert renamed & set(columns[entity]) == OTHERS.get(entity, set())


def test_every_line_of_the_seed_is_of_an_entity_and_tells_why() -> None:
    """A reader of the seed finds each property once, with its reason."""
    lines = not_modelled()

    assert {line["entity"] for line in lines} <= set(ENTITIES)
    assert [line for line in lines if not line["reason"].strip()] == []
    pairs = Counter((line["entity"], line["property"]) for line in lines)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    assert list(pairs) == sorted(pairs)


def test_the_seed_of_properties_is_the_published_schema() -> None:
    """What it leaves out counts as unknown in audit.unknowns."""
    with (ROOT / "seeds" / "properties.csv").open(newline="") as file:
        lines = [(line["entity"], line["property"]) for line in csv.DictReader(file)]
    # what exports have is named by their exporter
    seed = [line for line in lines if not line[0].startswith("dce_")]

    assert lines == sorted(lines)
    assert seed == sorted(
        {
            (entity, name)
            for entity, schemas in ENTITIES.items()
            for schema in schemas
            if schema not in INSIDE
            for name in published()[schema]["properties"]
        }
    )


def test_a_new_property_would_be_noticed(columns: Columns) -> None:
    """The walk is no formality: what Discord adds is in neither place."""
    message = published()["MessageResponse"]
    grown = {**message, "properties": {**message["properties"], "mood": {}}}

    assert unsaid("messages", {**published(), "MessageResponse": grown}, columns) == {
        "mood"
    }


def test_a_column_that_vanished_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, columns: Columns
) -> None:
    """A renaming to a column that is not there is no column."""
    monkeypatch.setitem(RENAMED["messages"], "tts", "was_spoken")

    assert unsaid("messages", published(), columns) == {"tts"}


# --- what a page tells of a property is what its column holds -------------------------


@dataclass
class Discord:
    """Objects with all properties of their schemas, and hardly two values alike."""

    # what was told of a property, by its schema and its name
    told: dict[tuple[str, str], list[Any]] = field(
        default_factory=lambda: defaultdict(list)
    )
    numbers: Iterator[int] = field(default_factory=lambda: count(10_001))
    # an object that is inside one of its own kind is empty
    around: list[str] = field(default_factory=list)

    def object(self, schema: str) -> Json:
        """Return an object with all properties of a schema."""
        made: Json = {}
        self.around.append(schema)
        for name, rule in published()[schema]["properties"].items():
            made[name] = self.known(name) or self.value(rule)
            self.told[schema, name].append(made[name])
        self.around.pop()
        return made

    def known(self, name: str) -> str | None:
        """Return what a property must be told wherever it is: which page it is on."""
        return {"guild_id": str(GUILD), "channel_id": str(CHANNEL)}.get(name)

    def value(self, rule: Json) -> Any:
        """Return a value of the type that a rule asks for, of several types the last.

        Where it lists values, one that is not listed: those are alike everywhere.
        """
        if "$ref" in rule:
            name = rule["$ref"].rpartition("/")[2]
            if "properties" not in published()[name]:
                return self.value(published()[name])
            return {} if name in self.around else self.object(name)
        if options := rule.get("oneOf") or rule.get("allOf"):
            *_, option = (one for one in options if one != {"type": "null"})
            return self.value(option)
        if isinstance(rule.get("const"), int):
            return next(self.numbers)
        return self.simple_value(rule)

    def simple_value(self, rule: Json) -> Any:
        """Return a value of a type that has a name of its own."""
        kind = rule.get("type", "string")
        number = next(self.numbers)
        match kind if isinstance(kind, str) else kind[0]:
            case "string" if rule.get("format") == "date-time":
                return (BEGIN + timedelta(minutes=number)).isoformat()
            case "string":
                # of digits, for some are numbers: ids, permissions
                return str(number)
            case "integer" | "number":
                return number
            case "array":
                return [self.value(rule["items"])]
            case "object":
                return {str(number): str(number)}
            case other:
                return {"boolean": True, "null": None}[other]


def land(landing: Landing, discord: Discord) -> None:
    """Append a page of each kind, whose elements tell all there is to tell."""
    for resource in ("bans", "emojis", "invites", "members", "roles"):
        landing.page(resource, [discord.object(ENTITIES[resource][0])])
    for resource in ("scheduled_events", "stickers", "webhooks"):
        landing.page(resource, [discord.object(one) for one in ENTITIES[resource]])
    landing.page("guilds", discord.object("GuildWithCountsResponse"))
    channels = ENTITIES["channels"][:3]
    landing.page("channels", [discord.object(one) for one in channels])
    landing.page("threads", {"threads": [discord.object("ThreadResponse")]})
    message = discord.object("MessageResponse")
    poll = message["poll"]
    poll["results"]["answer_counts"][0]["id"] = poll["answers"][0]["answer_id"]
    landing.messages(message)
    pins = [discord.object("PinnedMessageResponse")]
    landing.page("pins", {"items": pins, "has_more": False}, channel_id=CHANNEL)
    entries = [discord.object("AuditLogEntryResponse")]
    landing.page("audit_log", {"audit_log_entries": entries, "users": []})
    coming = discord.object("ScheduledEventUserResponse")
    event_id = coming["guild_scheduled_event_id"]
    path = f"/guilds/{GUILD}/scheduled-events/{event_id}/users"
    landing.page("event_users", [coming], request={"path": path})


def plain(value: Any) -> Any:
    """Return JSON in which numbers are text, as Discord's ids are."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    # a tag of a role is there, as a null, or it is not
    return True if value is None else value if isinstance(value, bool) else str(value)


def has_objects(value: Any) -> bool:
    """Say whether a value is an object, or a list of such."""
    inside = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) for one in inside)


def is_told(value: Any, told: list[Any]) -> bool:
    """Say whether a column holds what was told, or something of an object that was."""
    if value in (None, [], {}) or value is False:
        return False
    elements = [element for one in told if isinstance(one, list) for element in one]
    alike = [
        one for one in [*told, *elements] if has_objects(one) == has_objects(value)
    ]
    return not alike or plain(value) in plain(alike)


def test_what_is_told_of_each_property_is_in_its_columns(
    postgres: Embedded, tmp_path: Path
) -> None:
    """No column is declared and then forgotten, or filled from another property."""
    discord = Discord()
    with built_warehouse(postgres, tmp_path) as warehouse:
        land(warehouse.landing, discord)
        warehouse.must_build("--select", "path:models/core")
        warehouse.connection.execute("set time zone 'UTC'")
        stored = {
            table: [
                row[0] for row in warehouse.query(f"select to_jsonb(t) from {table} t")
            ]
            for table in warehouse.tables()
        }
    told: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for entity, schemas in ENTITIES.items():
        for schema in schemas:
            for name in published()[schema]["properties"]:
                for place in places(entity, name):
                    told[place] += discord.told[schema, name]

    wrong = {
        f"{entity}.{name}: {table}.{column}"
        for entity in ENTITIES
        for name in properties(entity, published()) - listed(entity)
        for table, column in places(entity, name)
        if (entity, name) not in COMPUTED
        and not any(
            is_told(row[column], told[table, column])
            for row in stored[f"discord.{table}"]
        )
    }

    assert wrong == set()
