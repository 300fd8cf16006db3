"""Values of any kind, made plain for a file."""

import json
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.cli._values import Plainer

Point = namedtuple("Point", "x y")  # noqa: PYI024  as users write it


@dataclass
class Page:
    url: str
    links: set[str]


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Kind:
    kind = "M"


class Array:
    """Looks like one of NumPy's."""

    dtype = object()

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def tolist(self) -> list[Any]:
        return self._values


class Moments(Array):
    """An array of dates, which gives nanoseconds unless asked for text."""

    dtype = Kind()

    def astype(self, kind: type) -> Array:
        return Array([kind(value) for value in self._values])


class Model:
    """Looks like one of pydantic's."""

    def model_dump(self) -> dict[str, Any]:
        return {"id": UUID(int=1)}


@dataclass(frozen=True)
class Attribute:
    name: str


class Attrs:
    """Looks like a class of attrs'."""

    __attrs_attrs__ = (Attribute("x"),)

    def __init__(self) -> None:
        self.x = {1}


class Opaque:
    def __repr__(self) -> str:
        return "<opaque>"


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Lying:
    """Raises when it is looked at."""

    dtype = "x"

    def tolist(self) -> list[Any]:
        raise ValueError("broken")

    def __repr__(self) -> str:
        return "Lying()"


def plainer(said: list[str] | None = None) -> Callable[[Any], Any]:
    sayings: list[str] = [] if said is None else said
    return Plainer(sayings.append).plain


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ((1, [2.5, None], {"a": True}), [1, [2.5, None], {"a": True}]),
        (datetime(2025, 3, 1, 12, tzinfo=UTC), "2025-03-01T12:00:00+00:00"),
        (date(2025, 3, 1), "2025-03-01"),
        (timedelta(minutes=1, milliseconds=5), 60.005),
        (b"\x00\xff", "AP8="),
        (bytearray(b"ab"), "YWI="),
        (Decimal("1.10"), "1.10"),
        (PurePosixPath("/a/b"), "/a/b"),
        (Point(1, {2}), {"x": 1, "y": [2]}),
        (Page("u", {"b", "a"}), {"url": "u", "links": ["a", "b"]}),
        ({1, "a"}, ["a", 1]),
        (frozenset({3, 1, 2}), [1, 2, 3]),
        (OrderedDict(b=1), {"b": 1}),
        (
            {1: "a", None: "b", (1, 2): "c", date(2025, 1, 2): "d"},
            {"1": "a", "null": "b", "(1, 2)": "c", "2025-01-02": "d"},
        ),
        ({1: "a", "1": "b"}, [[1, "a"], ["1", "b"]]),
        (Colour.RED, "red"),
        ({Colour.RED: Level.HIGH}, {"red": 3}),
        (Array([1, Array([2])]), [1, [2]]),
        (Moments([7]), ["7"]),
        (Attrs(), {"x": [1]}),
        (Model(), {"id": "00000000-0000-0000-0000-000000000001"}),
    ],
)
def test_what_has_a_plain_form_gets_it(value: object, plain: object) -> None:
    said: list[str] = []

    found = plainer(said)(value)

    assert found == plain
    assert said == []


@pytest.mark.parametrize(
    ("value", "plain", "words"),
    [
        (Opaque(), "<opaque>", "a value of type Opaque"),
        ([float("nan")], ["nan"], "nan"),
        (float("-inf"), "-inf", "-inf"),
        (1j, "1j", "complex"),
        (Rude(), "<Rude, whose repr raises RuntimeError>", "Rude"),
        (Lying(), "Lying()", "Lying"),
    ],
)
def test_what_has_none_becomes_its_repr_and_that_is_said(value: object, plain: object, words: str) -> None:
    said: list[str] = []

    found = plainer(said)(value)

    assert found == plain
    assert words in said[0]


def test_a_number_too_long_for_decimal_is_written_in_hexadecimal() -> None:
    assert plainer()([2**20_000]) == [hex(2**20_000)]


def test_each_type_is_told_once() -> None:
    said: list[str] = []
    plain = plainer(said)

    for value in [Opaque(), [Opaque(), 1j], 2j]:
        plain(value)

    assert len(said) == 2


def test_a_value_that_holds_itself_is_cut_and_not_followed_for_ever() -> None:
    ring: list[Any] = []
    ring.append(ring)

    found = plainer()(ring)

    assert json.loads(json.dumps(found)) == found


def test_a_value_nested_very_deep_is_no_crash() -> None:
    deep: Any = 0
    for _ in range(100_000):
        deep = (deep,)

    assert isinstance(json.dumps(plainer()(deep)), str)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.decimals(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
            | st.sets(st.integers() | st.text())
        ),
    )
)
def test_anything_can_be_written_as_json_and_stays_so(value: object) -> None:
    found = plainer()(value)

    text = json.dumps(found, allow_nan=False)

    assert plainer()(json.loads(text)) == found


def test_kept_types_are_left_as_they_are() -> None:
    value = {"a": b"x", "b": float("inf"), "c": date(2025, 1, 2)}

    assert Plainer(print, (bytes, float, date)).plain(value) == value
