"""Serve a made-up Discord until told to stop: `python -m tests.fake_discord`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime

from tests.fake_discord import FakeDiscord, generate_world


def main() -> int:
    """Generate a world, print how to reach it, serve until SIGTERM or SIGINT."""
    options = _options()
    size = int(options.size) if options.size.isdigit() else options.size
    end = datetime.fromisoformat(options.end) if options.end else None
    if end is not None and end.tzinfo is None:
        end = end.replace(tzinfo=UTC)
    world = generate_world(seed=options.seed, size=size, end=end)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = FakeDiscord(world, limits=options.limits, port=options.port)
    except OSError as error:
        reason = f"cannot listen on port {options.port} ({error.strerror})"
        sys.exit(f"fake_discord: {reason}; --port 0 takes a free one")
    with server as fake:
        lines = {
            "url": fake.url,
            "bot_token": fake.bot_token,
            "user_token": fake.user_token,
            "guild_id": world.guild_ids[0],
        }
        for name, value in lines.items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_discord")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--size", default="small", help="tiny, small, large or a number"
    )
    parser.add_argument("--end", help="last instant of the world, ISO 8601")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--limits", action="store_true", help="enforce rate limits")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
