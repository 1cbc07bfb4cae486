"""`python -m extractor` is the command discord-warehouse."""

from extractor.cli import main

main(prog_name="discord-warehouse")
