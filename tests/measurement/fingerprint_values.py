"""Values of every kind, in a module so that another process can make them too."""

import sys
from array import array
from collections import Counter, OrderedDict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import PurePosixPath
from re import compile as pattern
from uuid import UUID

Point = namedtuple("Point", "x y")  # noqa: PYI024  an untyped one, as users have


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


@dataclass
class Page:
    url: str
    links: list[str]
    fetched_s: float = field(default=0.0, compare=False)


class Plain:
    def __init__(self, **state: object) -> None:
        self.__dict__.update(state)


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: object, right: object) -> None:
        self.left = left
        self.right = right


class Words(list[str]):
    pass


WORDS = frozenset({"alpha", "beta", "gamma", "delta"})
VALUES: tuple[object, ...] = (
    None,
    0,
    1,
    -1,
    2**70,
    0.5,
    float("nan"),
    float("inf"),
    float("-inf"),
    1 + 2j,
    "",
    "é",
    "\ud800",
    b"",
    b"bytes",
    b"x" * 10_000,
    (),
    [],
    [[]],
    [1, 2, 3, 4, 5],
    (1, 2),
    {},
    {"a": 1, "b": [2]},
    set(),
    WORDS,
    {word: len(word) for word in WORDS},
    range(3),
    range(0, 9, 3),
    ...,
    Point(1, "y"),
    Colour.RED,
    Colour.BLUE,
    Page("http://a", ["b"]),
    Plain(a=1, words=set(WORDS)),
    Plain(),
    Slotted(1, None),
    date(2026, 1, 2),
    datetime(2026, 1, 2, 3, 4),  # noqa: DTZ001  a naive one
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    timedelta(seconds=1),
    Decimal("1.5"),
    Decimal("1e999999999"),
    Fraction(1, 3),
    UUID(int=7),
    PurePosixPath("a/b"),
    ValueError("a", 1),
    array("d", [1.0, 2.0]),
    deque([1, 2]),
    pattern("a+"),
    int,
    len,
    sys,
    Page,
    timezone.utc,  # noqa: UP017  by its own name
)
EQUALS: tuple[tuple[object, object], ...] = (
    (1, True),
    (1, 1.0),
    (1, 1 + 0j),
    (0.0, -0.0),
    (1, Level.LOW),
    (0.5, Decimal("0.50")),
    (0.5, Fraction(1, 2)),
    (Decimal("1e5000"), Decimal("10e4999")),
    (float("inf"), Decimal("Infinity")),
    (b"a", bytearray(b"a")),
    (b"a", memoryview(b"a")),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, OrderedDict(a=1)),
    ({"a": 2}, Counter("aa")),
    ({1, 2}, frozenset({2, 1})),
    ((1, 2), Point(1, 2)),
    (["a"], Words(["a"])),
    (range(0), range(5, 5)),
    (range(0, 2, 3), range(1)),
    (datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 5, tzinfo=timezone(timedelta(hours=2)))),
    (Page("a", [], fetched_s=1.0), Page("a", [], fetched_s=2.0)),
)
