"""The loopback Discord: a made-up Discord on 127.0.0.1, for tests and for the demo.

`generate_world` makes a community from a seed, `World` holds and changes it, and
`FakeDiscord` serves it over real HTTP as Discord's REST API v10 would. It shares no
code with the extractor, so the two cannot agree on the same mistake.
"""

from tests.fake_discord.bounds import least_seconds
from tests.fake_discord.faults import Fault
from tests.fake_discord.generate import generate_world
from tests.fake_discord.limits import Limits, Rate, Rates
from tests.fake_discord.server import FakeDiscord
from tests.fake_discord.wire import Request
from tests.fake_discord.world import World

__all__ = [
    "FakeDiscord",
    "Fault",
    "Limits",
    "Rate",
    "Rates",
    "Request",
    "World",
    "generate_world",
    "least_seconds",
]
