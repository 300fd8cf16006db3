"""Dates as HTTP has them."""

import re
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FIXED = re.compile(r"\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)


def read_date(text: str | None) -> float | None:
    """Return the moment that a date of HTTP tells, in seconds since 1970; None if it tells none.

    Source: RFC 9110, section 5.6.7; the obsolete forms are read too.
    """
    if not text:
        return None
    match = _FIXED.fullmatch(text)
    try:
        if match and match[2] in _MONTHS:
            day, month, year, *rest = match.groups()
            hour, minute, second = map(int, rest)
            moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, min(second, 59), tzinfo=UTC)
        else:
            from email.utils import parsedate_to_datetime  # noqa: PLC0415  few servers need it

            moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def write_date(moment: float) -> str:
    """Return a moment, in seconds since 1970, as a date of HTTP."""
    date = datetime.fromtimestamp(moment, UTC)
    return f"{_DAYS[date.weekday()]}, {date:%d} {_MONTHS[date.month - 1]} {date:%Y %H:%M:%S} GMT"
