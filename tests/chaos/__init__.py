"""Chaos: a session of mutations at the fake, strikes in the midst of it, and the truth.

`Session` is a guild in which things happen, `landing` and `tables` compare what was
archived of it with what it is, `Snare` proves that a strike hits an open transaction,
`Storm` deals faults, `victims` are the processes that are killed, and `Tally` counts.
"""
