"""Values as short words, and hostile text made harmless."""

import math
import unicodedata

UNKNOWN = "unknown"
MISSING = "-"
_PLACES = 3  # significant digits: more than a measurement holds
_UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
_MINUTE_S = 60.0
_LONG = (("year", 31_557_600), ("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS_KEPT = 3  # combining marks on one letter; more of them would paint over the lines around


def plain(text: str, limit: int = 2_000) -> str:
    """Return ``text`` on one line, every invisible, control or direction-changing character written as an escape.

    Args:
        text: Anything, from anywhere.
        limit: Longest result, in characters; the middle of a longer one is replaced by an ellipsis.
    """
    if len(text) > limit:
        head = limit * 2 // 3
        text = f"{text[:head]}…{text[len(text) - (limit - head - 1) :]}"
    if text.isascii() and text.isprintable():
        return text
    shown = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if character == "\t":
            shown.append(" ")
        elif category in _HARMFUL:
            shown.append(character.encode("unicode_escape").decode("ascii"))
        elif marks <= _MARKS_KEPT:
            shown.append(character)
    return "".join(shown)


def significant(value: float) -> str:
    """Return ``value`` with three significant digits and thousands separated by commas."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    decimals = max(0, _PLACES - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    grown = max(0, _PLACES - 1 - math.floor(math.log10(abs(float(text.replace(",", ""))))))
    return text if grown == decimals else f"{value:,.{grown}f}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it: ``"851 ms"``, ``"3 min 20 s"``."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if round(abs(seconds)) >= _MINUTE_S:
        return _long(seconds)
    name, size = _unit(seconds)
    return f"{significant(seconds / size)} {name}"


def span_of(low_s: float, high_s: float) -> str:
    """Return a range of times with one unit: ``"832 to 901 ms"``."""
    if not (math.isfinite(low_s) and math.isfinite(high_s)):
        return UNKNOWN
    if round(high_s) >= _MINUTE_S:
        return f"{duration(low_s)} to {duration(high_s)}"
    name, size = _unit(high_s)
    low, high = significant(low_s / size), significant(high_s / size)
    return f"{low} {name}" if low == high else f"{low} to {high} {name}"


def size_of(count: float | None) -> str:
    """Return a number of bytes: ``"34.1 MB"``; a dash if it is not known."""
    if count is None:
        return MISSING
    for name, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{significant(count / scale)} {name}"
    return f"{count:.0f} B"


def percent(share: float | None) -> str:
    """Return a share, 1 being all: ``"98 %"``; a dash if it is not known."""
    if share is None or not math.isfinite(share):
        return MISSING
    if 0 < share < 0.01:  # noqa: PLR2004  less than one percent keeps a digit
        return f"{share * 100:.1f} %"
    return f"{share * 100:,.0f} %"


def times(ratio: float | None) -> str:
    """Return a ratio for a table: ``"1.96x"``; a dash if it is not known."""
    return MISSING if ratio is None or not math.isfinite(ratio) else f"{significant(ratio)}x"


def number(count: float | None) -> str:
    """Return a count with its thousands separated; a dash if it is not known."""
    if count is None or not math.isfinite(count):
        return MISSING
    return f"{count:,.0f}" if count == round(count) else f"{count:,.2f}".rstrip("0").rstrip(".")


def plural(count: int, noun: str) -> str:
    """Return a count and its noun: ``"1 item"``, ``"2,000 items"``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: list[str]) -> str:
    """Return words joined as a sentence joins them: ``"a, b and c"``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _unit(seconds: float) -> tuple[str, float]:
    if seconds == 0:
        return _UNITS[0]
    for name, size in _UNITS:
        if abs(seconds) >= size * 0.9995:  # what rounds to one of a unit is told in it
            return name, size
    return _UNITS[-1]


def _long(seconds: float) -> str:
    rest = round(seconds)
    parts: list[str] = []
    for name, size in _LONG:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(plural(count, name) if len(name) > 3 else f"{count} {name}")  # noqa: PLR2004  a word, not a unit
        if len(parts) == 2:  # noqa: PLR2004  two units are exact enough
            break
    return " ".join(part for part in parts if not part.startswith("0 "))
