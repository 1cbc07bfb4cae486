"""Permission arithmetic, against Discord's documented order of overwrites."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.permissions import (
    EVERYTHING,
    Permission,
    Reader,
    channel_permissions,
    guild_permissions,
    unreadable_reason,
)
from extractor.snapshots import Channel, ChannelType

GUILD, MEMBER, ROLE_A, ROLE_B = 1, 2, 3, 4
READ = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
bits = st.integers(0, (1 << 53) - 1)


def reader(everyone: int = READ, **changes: Any) -> Reader:
    fields: dict[str, Any] = {
        "user_id": MEMBER,
        "guild_id": GUILD,
        "is_owner": False,
        "role_ids": frozenset({ROLE_A, ROLE_B}),
        "role_permissions": {GUILD: everyone, ROLE_A: 0, ROLE_B: 0},
    }
    return Reader(**{**fields, **changes})


def overwrite(target: int, *, allow: int = 0, deny: int = 0) -> dict[str, str]:
    return {"id": str(target), "allow": str(allow), "deny": str(deny)}


def channel(kind: int = ChannelType.TEXT, *, is_joined: bool = False) -> Channel:
    return Channel(9, kind, "name", is_joined=is_joined)


def test_the_owner_may_do_everything_whatever_is_denied() -> None:
    """Ownership is above roles and overwrites."""
    owner = reader(everyone=0, is_owner=True)

    assert channel_permissions(owner, [overwrite(GUILD, deny=READ)]) == EVERYTHING


def test_an_administrator_ignores_overwrites() -> None:
    """ADMINISTRATOR from any role lifts every denial."""
    roles = {GUILD: 0, ROLE_A: int(Permission.ADMINISTRATOR), ROLE_B: 0}
    admin = reader(role_permissions=roles)

    assert channel_permissions(admin, [overwrite(MEMBER, deny=READ)]) == EVERYTHING


def test_permissions_above_53_bits_survive() -> None:
    """Role permissions are strings because they outgrow a double."""
    big = 1 << 60
    member = reader(role_permissions={GUILD: READ, ROLE_A: big, ROLE_B: 0})

    assert guild_permissions(member) == READ | big


@pytest.mark.parametrize(
    ("overwrites", "is_readable"),
    [
        pytest.param([], True, id="nothing is denied"),
        pytest.param([overwrite(GUILD, deny=READ)], False, id="everyone is denied"),
        pytest.param(
            [overwrite(GUILD, deny=READ), overwrite(ROLE_A, allow=READ)],
            True,
            id="a role's allow lifts everyone's deny",
        ),
        pytest.param(
            [overwrite(ROLE_A, deny=READ), overwrite(ROLE_B, allow=READ)],
            True,
            id="one role's allow lifts another role's deny",
        ),
        pytest.param(
            [overwrite(ROLE_A, allow=READ), overwrite(MEMBER, deny=READ)],
            False,
            id="the member's deny is last",
        ),
        pytest.param([overwrite(5, deny=READ)], True, id="another's role counts not"),
    ],
)
def test_overwrites_apply_in_discords_order(
    overwrites: list[dict[str, str]], *, is_readable: bool
) -> None:
    """@everyone first, then all roles together, then the member."""
    granted = channel_permissions(reader(), overwrites)

    assert (unreadable_reason(channel(), granted) is None) == is_readable


@given(bits, bits, bits)
def test_without_view_channel_nothing_is_left(base: int, deny: int, allow: int) -> None:
    """A hidden channel can neither be read nor connected to."""
    hidden = [
        overwrite(GUILD, deny=deny, allow=allow),
        overwrite(MEMBER, deny=Permission.VIEW_CHANNEL),
    ]
    member = reader(everyone=base & ~Permission.ADMINISTRATOR)

    assert channel_permissions(member, hidden) == 0


@pytest.mark.parametrize(
    ("kind", "granted", "reason"),
    [
        (ChannelType.TEXT, READ, None),
        (ChannelType.TEXT, 0, "no View Channel permission"),
        (
            ChannelType.TEXT,
            Permission.VIEW_CHANNEL,
            "no Read Message History permission",
        ),
        (ChannelType.VOICE, READ, "no Connect permission"),
        (ChannelType.STAGE, READ | Permission.CONNECT, None),
        (ChannelType.PRIVATE_THREAD, READ | Permission.MANAGE_THREADS, None),
    ],
)
def test_the_missing_permission_is_named(
    kind: int, granted: int, reason: str | None
) -> None:
    """What a person must grant is said in Discord's own words."""
    assert unreadable_reason(channel(kind), granted) == reason


def test_a_private_thread_is_read_by_its_members() -> None:
    """Membership replaces Manage Threads; without either it is unreadable."""
    thread = ChannelType.PRIVATE_THREAD

    assert unreadable_reason(channel(thread, is_joined=True), READ) is None
    assert unreadable_reason(channel(thread), READ) is not None


def test_a_timed_out_member_keeps_only_reading() -> None:
    """Voice text and private threads are lost until the time-out ends."""
    granted = channel_permissions(
        reader(everyone=READ | Permission.CONNECT, is_timed_out=True), []
    )

    assert granted == READ


def test_a_time_out_that_has_passed_is_none() -> None:
    """communication_disabled_until stays set after it has ended."""
    now = datetime(2026, 11, 15, tzinfo=UTC)
    body: dict[str, Any] = {"user": {"id": "2"}, "roles": ["3"]}
    guild = {"id": "1", "owner_id": "7"}
    roles = [{"id": "1", "permissions": str(int(READ))}]

    def timed_out(until: datetime | None) -> bool:
        stamp = None if until is None else until.isoformat()
        member = {**body, "communication_disabled_until": stamp}
        return Reader.of(guild=guild, roles=roles, member=member, now=now).is_timed_out

    assert not timed_out(None)
    assert not timed_out(now - timedelta(seconds=1))
    assert timed_out(now + timedelta(seconds=1))
