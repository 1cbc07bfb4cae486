"""What is left of a message for a bot without the message content intent."""

from __future__ import annotations

from typing import Any

from tests.fake_discord.state import Account

Json = dict[str, Any]

WITHHELD: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def sees_all(account: Account) -> bool:
    """Tell whether nothing is withheld: people, and bots with the intent."""
    return account.kind == "user" or "message_content" in account.intents


def redacted(message: Json, account: Account) -> Json:
    """Empty a message, and what it quotes, unless it is the bot's own or names it."""
    whole = dict(message)
    if whole.get("referenced_message"):
        whole["referenced_message"] = redacted(whole["referenced_message"], account)
    if _is_for(whole, account):
        return whole
    whole.pop("poll", None)
    if "message_snapshots" in whole:
        whole["message_snapshots"] = [
            {"message": snapshot["message"] | WITHHELD}
            for snapshot in whole["message_snapshots"]
        ]
    return whole | WITHHELD


def _is_for(message: Json, account: Account) -> bool:
    me = str(account.user_id)
    mentioned = (user["id"] for user in message["mentions"])
    return message["author"]["id"] == me or me in mentioned
