"""What can go wrong in the plant, when, and how it is written down."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from math import inf, isfinite
from pathlib import Path
from typing import Any

from turnout.errors import UsageError

FAULT_HELP = """\
a fault is KIND:PLACE, then @SECONDS for when it begins, +SECONDS for how long it lasts and =SIZE, each of which may be
left out. KIND is fan (PLACE is a zone; SIZE is the share of its air that is left, 0.3 by default), spike (a zone or
sensor; SIZE is the heat that each rack adds, 6000 W by default), stuck and lost (a sensor), or drift (a sensor; SIZE is
in degrees an hour, 6 by default). Example: fan:zone-3@60+900=0.4
"""
_WRITTEN = re.compile(
    r"(?P<kind>[a-z]+):(?P<place>.+?)(@(?P<start>[^@+=]+))?(\+(?P<last>[^@+=]+))?(=(?P<size>[^@+=]+))?"
)


class FaultKind(Enum):
    """What goes wrong."""

    FAN = "fan"
    SPIKE = "spike"
    STUCK = "stuck"
    DRIFT = "drift"
    LOST = "lost"


_SIZES = {
    FaultKind.FAN: 0.3,
    FaultKind.SPIKE: 6_000.0,
    FaultKind.DRIFT: 6.0,
    FaultKind.STUCK: 0.0,
    FaultKind.LOST: 0.0,
}
_MOST = 1e6  # watts of a rack, or degrees an hour: beyond it the model would soon count in infinities


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What.
        place: The name of a zone or sensor.
        start_s: When it begins, in seconds of the plant's time.
        duration_s: How long it lasts; infinite until the plant ends.
        size: The share of air left (FAN), watts for each rack (SPIKE), degrees an hour (DRIFT).
    """

    kind: FaultKind
    place: str
    start_s: float = 0.0
    duration_s: float = inf
    size: float

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.duration_s


def make_fault(
    kind: str, place: str, *, start_s: float = 0.0, duration_s: float = inf, size: float | None = None
) -> Fault:
    """Return a fault of which everything is in range.

    Raises:
        UsageError: If something is not.
    """
    known = [one.value for one in FaultKind]
    if kind not in known:
        close = get_close_matches(kind, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        raise UsageError(f"there is no fault {kind!r}; {hint}")
    found = FaultKind(kind)
    if not (isfinite(start_s) and start_s >= 0):
        raise UsageError(f"a fault begins after 0 or more seconds, not {start_s:g}")
    if not duration_s > 0:
        raise UsageError(f"a fault lasts for more than 0 seconds, not {duration_s:g}")
    size = _SIZES[found] if size is None else size
    match found:
        case FaultKind.FAN:
            is_right, needed = 0 <= size < 1, "0 to below 1, the share of the air that is left"
        case FaultKind.SPIKE:
            is_right, needed = 0 <= size <= _MOST, "0 to 1,000,000 watts"
        case _:
            is_right, needed = abs(size) <= _MOST, "at most 1,000,000 degrees an hour"
    if not is_right:
        raise UsageError(f"the size of a fault {kind!r} is {needed}, not {size:g}")
    return Fault(kind=found, place=place, start_s=start_s, duration_s=duration_s, size=size)


def parse_fault(text: str) -> Fault:
    """Return the fault that ``text`` tells of, see `FAULT_HELP`.

    Raises:
        UsageError: If it tells of none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is not a fault; write one as fan:zone-3@60+900=0.4")
    numbers: dict[str, float | None] = {}
    for name, unit in (("start", "seconds"), ("last", "seconds"), ("size", "a size")):
        try:
            numbers[name] = None if found[name] is None else float(found[name])
        except ValueError:
            raise UsageError(f"{found[name]!r} in {text!r} is not a number of {unit}") from None
    start, last = numbers["start"], numbers["last"]
    return make_fault(
        found["kind"],
        found["place"],
        start_s=0.0 if start is None else start,
        duration_s=inf if last is None else last,
        size=numbers["size"],
    )


def fault_from(values: Mapping[str, Any]) -> Fault:  # from TOML or JSON
    """Return the fault that a table tells of: kind, place, and if need be start_s, duration_s and size.

    Raises:
        UsageError: If something is missing, unknown or out of range.
    """
    unknown = sorted(set(values) - {"kind", "place", "start_s", "duration_s", "size"})
    if unknown:
        raise UsageError(f"a fault has no {unknown[0]!r}; it has kind, place, start_s, duration_s and size")
    for name in ("kind", "place"):
        if not isinstance(values.get(name), str):
            raise UsageError(f"a fault needs a {name} in quotes, such as kind = 'fan', place = 'zone-3'")
    for name in ("start_s", "duration_s", "size"):
        if isinstance(values.get(name, 0), bool) or not isinstance(values.get(name, 0), int | float):
            raise UsageError(f"a fault's {name} is a number, not {values[name]!r}")
    try:
        numbers = {name: float(values[name]) for name in ("start_s", "duration_s", "size") if name in values}
    except OverflowError:
        raise UsageError("a number of a fault is beyond all measure") from None
    return make_fault(values["kind"], values["place"], **numbers)


def read_faults(path: str | Path) -> tuple[Fault, ...]:
    """Return the faults in a schedule: a TOML file of ``[[fault]]`` tables.

    Raises:
        UsageError: If it cannot be read, or one of them is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"the faults in {str(path)!r} cannot be read ({error})") from None
    listed = tables.pop("fault", [])
    if tables or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise UsageError(f"{str(path)!r} holds something else than [[fault]] tables")
    faults = []
    for number, one in enumerate(listed, 1):
        try:
            faults.append(fault_from(one))
        except UsageError as error:
            raise UsageError(f"{path}: fault {number}: {error}") from None
    return tuple(faults)
