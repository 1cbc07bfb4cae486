"""Empty forms of Discord's objects: every required field, with a dull value."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT, VOICE, CATEGORY, ANNOUNCEMENT, STAGE, FORUM, MEDIA = 0, 2, 4, 5, 13, 15, 16
ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = 10, 11, 12
DM, GROUP_DM = 1, 3
PRIVATE = frozenset({DM, GROUP_DM})
THREADS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
HOLD_MESSAGES = frozenset({TEXT, VOICE, ANNOUNCEMENT, STAGE}) | THREADS | PRIVATE
HOLD_POSTS = frozenset({FORUM, MEDIA})


def user(user_id: int, username: str, **fields: object) -> Json:
    """Shape a user as messages and members carry it."""
    return {
        "id": str(user_id),
        "username": username,
        "global_name": None,
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        **fields,
    }


def member(user_json: Json, joined_at: str, **fields: object) -> Json:
    """Shape a guild member around its user."""
    return {
        "user": user_json,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": joined_at,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
        **fields,
    }


def role(role_id: int, name: str, permissions: int, **fields: object) -> Json:
    """Shape a role; permissions become the decimal string of the API."""
    color = fields.get("color", 0)
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions),
        "position": 0,
        "color": color,
        "colors": {
            "primary_color": color,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
        **fields,
    }


def channel(channel_id: int, guild_id: int, kind: int, **fields: object) -> Json:
    """Shape a channel that is not a thread."""
    form: Json = {
        "id": str(channel_id),
        "guild_id": str(guild_id),
        "type": kind,
        "flags": 0,
        "position": 0,
        "parent_id": None,
        "permission_overwrites": [],
    }
    if kind != CATEGORY:
        form |= {"last_message_id": None, "nsfw": False, "rate_limit_per_user": 0}
    if kind in {TEXT, ANNOUNCEMENT, FORUM, MEDIA}:
        form |= {"topic": None, "last_pin_timestamp": None}
    if kind in {VOICE, STAGE}:
        form |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    if kind in HOLD_POSTS:
        form |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return form | fields


def private_channel(channel_id: int, kind: int, recipients: list[Json]) -> Json:
    """Shape a channel outside of all guilds: between two users, or of a group."""
    form: Json = {
        "id": str(channel_id),
        "type": kind,
        "flags": 0,
        "last_message_id": None,
        "recipients": recipients,
    }
    if kind == GROUP_DM:
        form |= {"name": None, "icon": None, "owner_id": recipients[0]["id"]}
    return form


def thread(thread_id: int, parent: Json, kind: int, **fields: object) -> Json:
    """Shape a thread below its parent."""
    return {
        "id": str(thread_id),
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "type": kind,
        "flags": 0,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        **({"applied_tags": []} if parent["type"] in HOLD_POSTS else {}),
        **fields,
    }


def scheduled_event(
    event_id: int, guild_id: int, name: str, creator: Json, **fields: object
) -> Json:
    """Shape an event to come; `fields` say when and where it is."""
    return {
        "id": str(event_id),
        "guild_id": str(guild_id),
        "name": name,
        "description": "Bring a friend",
        "creator_id": creator["id"],
        "creator": creator,
        "image": None,
        "scheduled_start_time": None,
        "scheduled_end_time": None,
        "status": 1,
        "entity_id": None,
        "recurrence_rule": None,
        "user_count": 0,
        "privacy_level": 2,
        "guild_scheduled_event_exceptions": [],
        **fields,
    }


def guild(guild_id: int, name: str, owner_id: int, **fields: object) -> Json:
    """Shape a guild without its roles, emojis and stickers, which live beside it."""
    return {
        "id": str(guild_id),
        "name": name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": ["COMMUNITY", "NEWS"],
        "banner": None,
        "owner_id": str(owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 1,
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 2,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 1,
        "premium_subscription_count": 3,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": True,
        "nsfw": False,
        "nsfw_level": 0,
        "incidents_data": None,
        **fields,
    }
