"""Discord into landing: the extractor of discord-warehouse."""

__version__ = "0.1.0"
