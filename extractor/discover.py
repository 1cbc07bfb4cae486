"""What a guild holds, as its accounts see it: snapshots landed, channels listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from extractor import resources
from extractor.access import ASK_AGAIN_AFTER, GuildAccess, Turns, refusal
from extractor.bodies import storable_text
from extractor.client import Answer
from extractor.errors import (
    MALFORMED,
    AddressStoppedError,
    DiscordError,
    RefusedError,
    UnavailableError,
    sensible_answers,
)
from extractor.permissions import (
    Reader,
    channel_permissions,
    guild_permissions,
    unreadable_reason,
)
from extractor.records import Checkpoint
from extractor.snapshots import Channel, ChannelType, Snapshot, channels_of
from extractor.threads import Listing, Mark, ThreadLists

UNKNOWN_CHANNEL = 10003  # Discord's error code: deleted
DIRECT_MESSAGES = 0  # stands for the guild of channels that have none


@dataclass(frozen=True)
class Sight:
    """A guild as one account sees it.

    ``channels`` are those that its lists show, or that it was shown singly, threads
    included; ``bits`` its permissions in each channel that is no thread.
    """

    access: GuildAccess
    channels: dict[int, Channel]
    bits: Mapping[int, int]

    def unreadable_reason(
        self, channel: Channel, *, is_joined: bool = False
    ) -> str | None:
        """Say why this account cannot read a channel's messages; None: it can.

        ``is_joined`` counts for a private thread that was not shown in this run.
        """
        seen = self.channels.get(channel.channel_id)
        if channel.type in ChannelType.DIRECT:
            return None if seen is not None else "it is between other people"
        ruler = channel.parent_id if channel.is_thread else channel.channel_id
        if ruler is None or ruler not in self.bits:
            what = "its parent channel" if channel.is_thread else "it"
            return f"{what} is hidden"
        # whether a private thread was joined differs from account to account
        seen = seen or replace(channel, is_joined=is_joined)
        return unreadable_reason(seen, self.bits[ruler])


@dataclass
class GuildView:
    """A guild's channels and threads, as of an instant.

    ``unknown`` says which lists of threads Discord did not give, ``failed`` which ones
    could not be had: with one of them, threads may be missing. ``marks`` are to be
    written down once the threads found are. ``looked_at`` holds the checkpoints of
    channels that no list shows and that were asked for singly.
    """

    guild_id: int
    name: str
    seen_at: datetime
    sights: Sequence[Sight]
    channels: dict[int, Channel]
    member_count: int = 0
    unknown: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    looked_at: dict[int, Checkpoint] = field(default_factory=dict)

    @property
    def are_threads_known(self) -> bool:
        """Whether every list of threads was read."""
        return not (self.unknown or self.failed)

    def reader_of(
        self, channel: Channel, read_before_by: str | None = None
    ) -> tuple[GuildAccess | None, str | None]:
        """Return the first account that can read a channel, or why none can."""
        reasons = []
        for sight in self.sights:
            was_joined = channel.is_joined and sight.access.login.name == read_before_by
            reason = sight.unreadable_reason(channel, is_joined=was_joined)
            if reason is None:
                return sight.access, None
            reasons.append((channel.channel_id not in sight.channels, reason))
        # an account that sees the channel knows best what is missing
        return None, min(reasons)[1] if reasons else "no account is in its guild"


@dataclass(frozen=True)
class Scope:
    """What of a guild is wanted: some channels or (empty) all, and how thoroughly.

    ``is_whole``: lists are read to their end, known or not.
    """

    channel_ids: frozenset[int] = frozenset()
    is_whole: bool = False

    def covers(self, channel: Channel, channels: Mapping[int, Channel]) -> bool:
        """Whether it, its parent or the parent's category is wanted."""
        if not self.channel_ids:
            return True
        return not self.channel_ids.isdisjoint(_lineage(channel, channels))


def _lineage(channel: Channel, channels: Mapping[int, Channel]) -> Iterator[int]:
    yield channel.channel_id
    if channel.parent_id is not None:
        yield channel.parent_id
        parent = channels.get(channel.parent_id)
        if parent is not None and parent.parent_id is not None:
            yield parent.parent_id


class Discovery:
    """A first look at a guild, through every account that is in it."""

    def __init__(self, accesses: Sequence[GuildAccess]) -> None:
        self._accesses = accesses
        self._roles: list[Snapshot] | None = None
        self._guild: Answer | None = None
        self.refused: dict[str, DiscordError] = {}  # by account: why it saw nothing

    def look(self) -> GuildView:
        """Land a guild's snapshots and return its channels; threads are not among them.

        Raises:
            DiscordError: no account can look at this guild: the first one's reason.

        """
        sights: list[Sight] = []
        for access in self._accesses:
            try:
                sights.append(self._sight(access))
            except AddressStoppedError:
                raise
            except DiscordError as error:
                self.refused[access.login.name] = error
        if self._guild is None or not sights:
            raise next(iter(self.refused.values()))
        guild = self._guild
        return GuildView(
            guild_id=int(guild.body["id"]),
            name=storable_text(str(guild.body["name"])),
            # Discord's clock, where ours is ahead of it: no later instant is claimed
            seen_at=min(guild.fetched_at, guild.responded_at or guild.fetched_at),
            sights=sights,
            channels=_merged(sight.channels for sight in sights),
            member_count=_count(guild.body.get("approximate_member_count")),
        )

    def _sight(self, access: GuildAccess) -> Sight:
        user_id = access.login.user_id
        guild = self._guild = self._guild or guild_answer(access)
        member = _once(access, resources.OWN_MEMBER, user_id=user_id)
        if self._roles is None:
            self._roles = _once(access, resources.ROLES).body or []
        listed = channels_of(_once(access, resources.CHANNELS).body)
        with sensible_answers():
            now = datetime.now(UTC)
            reader = Reader.of(
                guild=guild.body, roles=self._roles, member=member.body, now=now
            )
            access.permissions = guild_permissions(reader)
        return Sight(access, listed, dict(_permissions(reader, listed.values())))


def _permissions(
    reader: Reader, channels: Iterable[Channel]
) -> Iterator[tuple[int, int]]:
    """Yield an account's permissions by channel, where they can be told."""
    for channel in channels:
        try:
            yield channel.channel_id, channel_permissions(reader, channel.overwrites)
        except MALFORMED:
            continue  # nobody is said to read it


def listing_of(
    view: GuildView,
    scope: Scope,
    *,
    add: Callable[[Turns, Callable[[], None]], None],
    on_end: Callable[[], None],
) -> Listing:
    """Return the listing of a guild's threads; what it found is in the view then."""
    has_threads = view.guild_id != DIRECT_MESSAGES
    sights = view.sights if has_threads else ()
    lists = [ThreadLists(one.access, is_whole=scope.is_whole) for one in sights]

    def note() -> None:
        for sight, found in zip(sights, lists, strict=True):
            sight.channels.update(found.found)
        view.channels = _merged([view.channels, *(found.found for found in lists)])
        view.unknown = [reason for found in lists for reason in found.unknown]
        view.failed = [reason for found in lists for reason in found.failed]
        view.marks = [mark for found in lists for mark in found.marks]
        on_end()

    parents = [dict(_parents(sight, scope)) for sight in sights]
    return Listing(lists, parents, add=add, on_end=note)


def _parents(sight: Sight, scope: Scope) -> Iterator[tuple[int, tuple[Channel, int]]]:
    """Yield the channels whose threads an account may list, with its permissions."""
    for channel_id, bits in sight.bits.items():
        channel = sight.channels[channel_id]
        may_have_threads = channel.type in ChannelType.WITH_THREADS
        is_readable = unreadable_reason(channel, bits) is None
        if sight.access.landing.erasures.is_channel(channel_id):
            continue
        if may_have_threads and is_readable and scope.covers(channel, sight.channels):
            yield channel_id, (channel, bits)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _merged(shown: Iterable[Mapping[int, Channel]]) -> dict[int, Channel]:
    """Return each channel as it was last shown."""
    merged: dict[int, Channel] = {}
    for channels in shown:
        for channel_id, channel in channels.items():
            known = merged.get(channel_id)
            if known is None or (
                (channel.last_message_id or 0) >= (known.last_message_id or 0)
            ):
                merged[channel_id] = channel
    return merged


def guild_answer(access: GuildAccess) -> Answer:
    """Land the guild itself.

    Raises:
        RefusedError: the account is not in this guild.
        UnavailableError: the answer is no guild.

    """
    try:
        answer = _once(access, resources.GUILD)
    except RefusedError as error:
        raise RefusedError(
            f"account {access.login.name!r} may not read it ({error}): is it in this "
            "guild, and the id right? Invite it, or take the guild out of the "
            "configuration"
        ) from error
    if not (isinstance(answer.body, dict) and {"id", "name"} <= answer.body.keys()):
        raise UnavailableError(f"{answer.request.path}: Discord's answer is no guild")
    return answer


def _once(access: GuildAccess, endpoint: resources.Endpoint, **ids: int) -> Answer:
    # what all else depends on is asked for in every run, refused before or not
    return access.ask(endpoint, ids, is_remembered=False)


# --- channels that no list shows ------------------------------------------------------


def unlisted(
    view: GuildView, known: Mapping[int, Checkpoint], scope: Scope
) -> list[Checkpoint]:
    """Return the checkpoints of channels that have to be asked for singly.

    Absent is not deleted: lists leave out hidden channels, and archived threads below
    what is new. Worth a request is what was asked for by name, what has never been
    looked at (a message named it), and what was listed, or active, when last seen.
    """
    now = datetime.now(UTC)
    found = {
        channel_id: Checkpoint(channel_id, view.guild_id)
        for channel_id in scope.channel_ids
        if channel_id not in view.channels
    }
    for channel_id, checkpoint in known.items():
        if channel_id in found or (
            channel_id not in view.channels
            and not checkpoint.is_deleted
            and _is_due(checkpoint.looked_at, now)
            and _is_worth_a_look(checkpoint, view)
            and (not scope.channel_ids or checkpoint.parent_id in scope.channel_ids)
        ):
            found[channel_id] = checkpoint
    return list(found.values())


def _is_due(looked_at: datetime | None, now: datetime) -> bool:
    return looked_at is None or now - looked_at >= ASK_AGAIN_AFTER


def _is_worth_a_look(checkpoint: Checkpoint, view: GuildView) -> bool:
    if checkpoint.type is None:
        return True
    if checkpoint.type in ChannelType.THREADS:
        return view.are_threads_known and not checkpoint.is_archived
    return True


def look_at(view: GuildView, checkpoint: Checkpoint) -> Channel | None:
    """Ask for one channel through each account, until one may see it.

    What came of it is in ``view.looked_at``; None: nobody may see it, or it is gone.
    """
    channel_id = checkpoint.channel_id
    for sight in view.sights:
        answer = sight.access.fetch(resources.CHANNEL, {"channel_id": channel_id})
        is_deleted = answer.error_code == UNKNOWN_CHANNEL
        checkpoint = replace(
            checkpoint,
            looked_at=answer.fetched_at,
            is_deleted=is_deleted,
            unreadable_reason=f"{'deleted' if is_deleted else 'hidden'}: "
            f"{refusal(answer)}",
        )
        if answer.status == 200:
            return _seen_singly(view, sight, checkpoint, answer)
        if is_deleted:
            break
    view.looked_at[channel_id] = checkpoint
    return None


def _seen_singly(
    view: GuildView, sight: Sight, checkpoint: Checkpoint, answer: Answer
) -> Channel | None:
    try:
        channel = Channel.of(answer.body)
    except ValueError as error:
        reason = f"Discord's answer is {error}"
        checkpoint = replace(checkpoint, unreadable_reason=reason)
        view.looked_at[checkpoint.channel_id] = checkpoint
        return None
    if channel.guild_id not in (None, view.guild_id):
        return None  # its own guild's run knows it
    view.looked_at[channel.channel_id] = replace(checkpoint, unreadable_reason=None)
    view.channels[channel.channel_id] = channel
    sight.channels[channel.channel_id] = channel
    return channel


def look_at_direct_messages(
    accesses: Sequence[GuildAccess], channel_ids: Iterable[int]
) -> GuildView:
    """Look at channels of no guild: those that an account and others are in."""
    view = GuildView(
        guild_id=DIRECT_MESSAGES,
        name="direct messages",
        seen_at=datetime.now(UTC),
        sights=[Sight(access, {}, {}) for access in accesses],
        channels={},
    )
    for channel_id in channel_ids:
        look_at(view, Checkpoint(channel_id, DIRECT_MESSAGES))
    return view
