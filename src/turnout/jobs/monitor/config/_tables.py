"""Reading tables of a configuration, value by value, so that every mistake is told, with its line."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any, Final, TypeVar

from turnout.jobs.monitor._types import Severity
from turnout.jobs.monitor.config._lines import Path, line_at

T = TypeVar("T")
NEEDED: Final = object()
"""Stands for a default where there is none."""

_NS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
    "d": 86_400 * 1_000_000_000,
    "w": 7 * 86_400 * 1_000_000_000,
    "y": 365 * 86_400 * 1_000_000_000,
}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_LONGEST_NS = 100 * _NS["y"]
_QUANTITY = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*([A-Za-z]+)")
_MOST_LISTED = 12


@dataclass(slots=True)
class Mistakes:
    """What is wrong, so far.

    Attributes:
        lines: Where everything stands.
        found: Line and sentence of each.
    """

    lines: dict[Path, int]
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: Path, sentence: str) -> None:
        """Note something about what a path leads to."""
        self.found.append((line_at(self.lines, path), sentence))


class Table:
    """A table whose values are asked for by name and type. What is wrong is noted, and a default is given instead.

    Args:
        values: As TOML has them.
        path: Where the table is.
        mistakes: Takes what is wrong.
        title: What it is called in sentences: ``"[mqtt]"``.
    """

    def __init__(self, values: Mapping[str, Any], path: Path, mistakes: Mistakes, title: str) -> None:
        self.values = values
        self.path = path
        self.title = title
        self._mistakes = mistakes
        self._asked: list[str] = []
        self._wrong: set[str] = set()

    def wrong(self, name: str, sentence: str) -> None:
        """Note that a value is wrong; the sentence goes on from its name."""
        self._wrong.add(name)
        self._mistakes.add((*self.path, name), f"{self.title} {name}: {sentence}")

    def are_right(self, *names: str) -> bool:
        """Tell whether nothing was wrong with any of these so far: or what follows from a stand-in would be told."""
        return self._wrong.isdisjoint(names)

    def has(self, name: str) -> bool:
        """Tell whether a value is there."""
        return name in self.values

    def get(self, name: str, default: T | object, read: Callable[[Any], T], kind: str, stand_in: T) -> T:
        """Return a value.

        Args:
            name: Which.
            default: What it is if it is not there; `NEEDED` if it has to be.
            read: Makes the value of what TOML has; raises `ValueError` with the end of a sentence if it cannot, and
                `TypeError` if it is of another type.
            kind: What it is, for a sentence: ``"a text"``.
            stand_in: What to go on looking for mistakes with, if it has to be there and is not or is wrong.
        """
        self._asked.append(name)
        if name not in self.values:
            if default is NEEDED:
                self._mistakes.add(self.path, f"{self.title}: {name} is missing; it is {kind}")
                return stand_in
            return default  # type: ignore[return-value]  # it is a T, since it is not NEEDED
        found = self.values[name]
        try:
            return read(found)
        except TypeError:
            self.wrong(name, f"it is {kind}, and not {shown(found)}")
        except ValueError as error:
            self.wrong(name, str(error))
        return stand_in if default is NEEDED else default  # type: ignore[return-value]  # as above

    def text(self, name: str, default: str | object = NEEDED, *, one_of: Sequence[str] = ()) -> str:
        """Return a text, which may have to be one of several."""

        def read(found: Any) -> str:  # whatever TOML has
            text = _text(found)
            if one_of and text not in one_of:
                raise ValueError(f"there is no {text!r}{suggestion(text, one_of)}")
            return text

        kind = f"one of {', '.join(one_of)}" if one_of else "a text"
        return self.get(name, default, read, kind, one_of[0] if one_of else "?")

    def maybe_text(self, name: str) -> str | None:
        """Return a text, or None if it is not there."""
        return self.text(name) if self.has(name) else self.get(name, None, _text, "a text", "")

    def made_of_text(self, name: str, make: Callable[[str], T]) -> T | None:
        """Return what is made of a text, which raises `ValueError` if it cannot be; None if it is not there."""
        return self.get(name, None, lambda found: make(_text(found)), "a text", None)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""

        def read(found: Any) -> bool:  # whatever TOML has
            if not isinstance(found, bool):
                raise TypeError
            return found

        return self.get(name, default, read, "true or false", stand_in=False)

    def number(
        self,
        name: str,
        default: float | object = NEEDED,
        *,
        least: float = -inf,
        most: float = inf,
        above: float = -inf,
    ) -> float:
        """Return a finite number within limits."""

        def read(found: Any) -> float:  # whatever TOML has
            if isinstance(found, bool) or not isinstance(found, int | float):
                raise TypeError
            if not isfinite(found) or not (least <= found <= most) or found <= above:
                raise ValueError(f"it is {_range(least, most, above)}, and not {found}")
            return float(found)

        return self.get(name, default, read, "a number", max(least, 1.0))

    def whole(self, name: str, default: int | object = NEEDED, *, least: int = 0, most: int = 1 << 31) -> int:
        """Return a whole number within limits."""

        def read(found: Any) -> int:  # whatever TOML has
            if isinstance(found, bool) or not isinstance(found, int):
                raise TypeError
            if not least <= found <= most:
                raise ValueError(f"it is {_range(least, most)}, and not {found}")
            return found

        return self.get(name, default, read, "a whole number", max(least, 1))

    def duration_ns(self, name: str, default: int | object = NEEDED, *, least: int = 0) -> int:
        """Return a duration such as ``"10 s"``, in nanoseconds."""

        def read(found: Any) -> int:  # whatever TOML has
            duration = _quantity(_text(found), _NS)
            if duration > _LONGEST_NS:
                raise ValueError("it is longer than a hundred years")
            if duration < least:
                raise ValueError(f"it is at least {least / _NS['s']:g} s, and not {found!r}")
            return duration

        return self.get(
            name, default, read, 'a duration such as "10 s", "500 ms", "5 min" or "2 h"', max(least, _NS["s"])
        )

    def seconds(self, name: str, default: float, *, least: float = 0.001) -> float:
        """Return a duration such as ``"10 s"``, in seconds."""
        return self.duration_ns(name, round(default * _NS["s"]), least=round(least * _NS["s"])) / _NS["s"]

    def size(self, name: str, default: int | None) -> int | None:
        """Return a number of bytes such as ``"10 GB"``."""

        def read(found: Any) -> int | None:  # whatever TOML has
            return _quantity(_text(found), _BYTES)

        return self.get(name, default, read, 'a size such as "10 GB"', None)

    def texts(
        self, name: str, default: tuple[str, ...] | object = (), *, one_of: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Return a list of texts; a single one may stand there as it is."""

        def read(found: Any) -> tuple[str, ...]:  # whatever TOML has
            texts = tuple(map(_text, found if isinstance(found, list) else [found]))
            for text in texts:
                if one_of and text not in one_of:
                    raise ValueError(f"there is no {text!r}{suggestion(text, one_of)}")
            return texts

        return self.get(name, default, read, "a list of texts", ("?",))

    def severity(self, name: str, default: Severity | object = NEEDED) -> Severity:
        """Return a severity."""
        known = [severity.name.lower() for severity in Severity]

        def read(found: Any) -> Severity:  # whatever TOML has
            text = _text(found)
            if text not in known:
                raise ValueError(f"there is no {text!r}{suggestion(text, known)}")
            return Severity[text.upper()]

        return self.get(name, default, read, f"one of {', '.join(known)}", Severity.INFO)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return a table of texts."""

        def read(found: Any) -> tuple[tuple[str, str], ...]:  # whatever TOML has
            if not isinstance(found, dict):
                raise TypeError
            return tuple((key, _text(value)) for key, value in found.items())

        return self.get(name, (), read, 'a table of texts such as { team = "halls" }', ())

    def table(self, name: str) -> "Table":
        """Return a table in this one, empty if it is not there."""
        nothing: Mapping[str, Any] = {}  # whatever TOML has
        found = self.get(name, nothing, _mapping, "a table", nothing)
        dotted = ".".join(str(key) for key in (*self.path, name) if isinstance(key, str))
        return Table(found, (*self.path, name), self._mistakes, f"[{dotted}]")

    def tables(self, name: str) -> "list[Table]":
        """Return the tables of a list, which is empty if it is not there; each is called by its own name."""

        def read(found: Any) -> list[Mapping[str, Any]]:  # whatever TOML has
            if not isinstance(found, list):
                raise TypeError
            return list(map(_mapping, found))

        nothing: list[Mapping[str, Any]] = []  # whatever TOML has
        found = self.get(name, nothing, read, f"a list of tables, each under [[{name}]]", nothing)
        return [
            Table(each, (*self.path, name, number), self._mistakes, _titled(name, each))
            for number, each in enumerate(found)
        ]

    def end(self) -> None:
        """Note what nobody has asked for."""
        for name in self.values:
            if name not in self._asked:
                self.wrong(name, f"there is no such key{suggestion(name, self._asked)}")


def suggestion(found: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that says what may be meant, or what there is."""
    names = sorted(dict.fromkeys(known))
    close = get_close_matches(found, names, 1)
    if close:
        return f"; do you mean {close[0]!r}?"
    if not names or len(names) > _MOST_LISTED:
        return ""
    return f"; known: {', '.join(names)}"


def shown(found: object) -> str:
    """Return a value for a sentence, not too long."""
    text = repr(found).replace("True", "true").replace("False", "false")
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  as much as fits on a line


def _titled(name: str, values: Mapping[str, Any]) -> str:
    own = values.get("name")
    return f"{name} {own!r}" if isinstance(own, str) else f"[[{name}]]"


def _text(found: Any) -> str:  # whatever TOML has
    if not isinstance(found, str):
        raise TypeError
    if "\0" in found:
        raise ValueError("it has a character of number 0")
    return found


def _mapping(found: Any) -> Mapping[str, Any]:  # whatever TOML has
    if not isinstance(found, dict):
        raise TypeError
    return found


def _quantity(text: str, units: Mapping[str, int]) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a number and a unit, of {', '.join(units)}")
    if match[2] not in units:
        raise ValueError(f"there is no unit {match[2]!r}; known: {', '.join(units)}")
    return round(float(match[1]) * units[match[2]])


def _range(least: float, most: float, above: float = -inf) -> str:
    parts = [f"above {above:g}"] if isfinite(above) else []
    parts += [f"at least {least:g}"] if isfinite(least) else []
    parts += [f"at most {most:g}"] if isfinite(most) and most < 1 << 31 else []
    return " and ".join(parts) or "a finite number"
