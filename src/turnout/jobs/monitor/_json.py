"""What JSON, and SQLite, cannot hold, as they can."""

from math import isfinite


def number(value: float) -> float | None:
    """Return a number as JSON and SQLite have it: without NaN and infinities."""
    return value if isfinite(value) else None
