"""How figures read in a sentence."""

from collections.abc import Sequence

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400


def seconds(duration_s: float) -> str:
    """Return a duration with three figures and the unit that suits it: ``"2.47 s"``, ``"3 min 5 s"``."""
    if duration_s >= DAY_S:
        return _two_units(duration_s, DAY_S, "d", HOUR_S, "h")
    if duration_s >= HOUR_S:
        return _two_units(duration_s, HOUR_S, "h", MINUTE_S, "min")
    if duration_s >= MINUTE_S:
        return _two_units(duration_s, MINUTE_S, "min", 1, "s")
    for unit_s, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if duration_s >= unit_s * 0.9995:
            return f"{figures(duration_s / unit_s)} {unit}"
    return f"{figures(duration_s * 1e9)} ns"


def figures(value: float) -> str:
    """Return a number with three significant figures and no exponent: ``"1.96"``, ``"1,230"``."""
    if value >= 99.95:  # noqa: PLR2004  from here on three figures are a whole number
        return f"{value:,.0f}"
    if value >= 9.995:  # noqa: PLR2004  likewise, with one decimal
        return f"{value:.1f}"
    return f"{value:.2f}"


def cores(number: float) -> str:
    """Return a number of cores, whole or a fraction of a quota: ``"2"``, ``"1.5"``."""
    return f"{number:.3g}"


def percent(share: float) -> str:
    """Return a share from 0 to 1 as ``"98 %"``; nearly none and nearly all are not rounded to none and all."""
    if 0 < share < 0.005:  # noqa: PLR2004  would round to 0
        return "less than 1 %"
    if 0.995 <= share < 1:  # noqa: PLR2004  would round to 100
        return "over 99 %"
    return f"{share * 100:.0f} %"


def count(number: int, noun: str) -> str:
    """Return ``"1 item"`` or ``"1,200 items"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listing(words: Sequence[str]) -> str:
    """Join words as in ``"a, b and c"``."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _two_units(duration_s: float, large_s: int, large: str, small_s: int, small: str) -> str:
    whole, rest = divmod(round(duration_s / small_s), large_s // small_s)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
