"""The way of a request through the fake: authorisation, limits, handler, answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.fake_discord import calls
from tests.fake_discord.calls import Call, RefusedError
from tests.fake_discord.faults import too_many_message
from tests.fake_discord.limits import Limits, Verdict, bucket_hash
from tests.fake_discord.routes import Match, find_route
from tests.fake_discord.state import Account
from tests.fake_discord.world import World

Json = dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """Where the limits counted a request, when, and the scope if they refused it."""

    bucket: str
    rate: str
    major: int
    at: float
    scope: str | None = None


@dataclass(frozen=True)
class Answer:
    """What goes back, and for the log whose request it was and how it was counted."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    counted: Counted | None = None


class Gate:
    """Answers requests to a world as Discord would, headers of limits included."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        authorization: str | None,
    ) -> Answer:
        """Answer one request; `path` is below the API's base."""
        try:
            match = find_route(path)
            if method != "GET":
                calls.refuse(calls.METHOD_NOT_ALLOWED)
            account = self._account(authorization)
        except RefusedError as refusal:
            return Answer(refusal.status, orjson.dumps(refusal.body))
        return self._limited(match, account, query)

    def name_of(self, authorization: str | None) -> str | None:
        """Return whose request it is, for the log of scripted answers."""
        try:
            return self._account(authorization).name
        except RefusedError:
            return None

    def _account(self, authorization: str | None) -> Account:
        text = authorization or ""
        kind, token = ("bot", text[4:]) if text.startswith("Bot ") else ("user", text)
        try:
            account = self.world.account(token)
        except KeyError:
            calls.refuse(calls.UNAUTHORIZED)
        if account.kind != kind:
            calls.refuse(calls.UNAUTHORIZED)
        return account

    def _limited(
        self, match: Match, account: Account, query: Mapping[str, str]
    ) -> Answer:
        route = match.route
        if route.rate is None:
            return self._handled(match, account, query)
        verdict = self.limits.judge(
            account.name, route.template, route.rate, match.major
        )
        bucket = bucket_hash(route.template)
        counted = Counted(bucket, route.rate, match.major, verdict.at)
        if verdict.retry_after is not None:
            refused = replace(counted, scope=verdict.scope)
            return replace(_too_many(verdict), account=account.name, counted=refused)
        # people's own clients are told of limits only once they hit them
        headers = verdict.headers if account.kind == "bot" else {}
        answer = self._handled(match, account, query)
        return replace(answer, headers=headers, counted=counted)

    def _handled(
        self, match: Match, account: Account, query: Mapping[str, str]
    ) -> Answer:
        route = match.route
        call = Call(self.world, account, match.ids, query, match.words)
        try:
            if route.bots_only and account.kind != "bot":
                calls.refuse(calls.BOTS_ONLY)
            with self.world.lock:
                body = route.answer(call)
        except RefusedError as refusal:
            body = orjson.dumps(refusal.body)
            return Answer(refusal.status, body, account=account.name)
        return Answer(200, body, account=account.name)


def _too_many(verdict: Verdict) -> Answer:
    wait = math.ceil((verdict.retry_after or 0) * 1000) / 1000
    is_global = verdict.scope == "global"
    body = {
        "message": too_many_message(verdict.scope),
        "retry_after": wait,
        "global": is_global,
    }
    headers = {
        **verdict.headers,
        "Retry-After": str(math.ceil(wait)),
        "X-RateLimit-Scope": verdict.scope,
        **({"X-RateLimit-Global": "true"} if is_global else {}),
    }
    return Answer(429, orjson.dumps(body), headers)
