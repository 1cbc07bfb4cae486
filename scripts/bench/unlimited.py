"""discord-warehouse as it is, but for Discord's global limit: to see what else binds.

The loopback Discord can be told to have no limits; the extractor keeps to 50 requests a
second whatever headers say.
"""

from __future__ import annotations

import sys

from extractor import ratelimit
from extractor.cli import main

if __name__ == "__main__":
    ratelimit.GLOBAL_LIMIT = sys.maxsize
    main()
