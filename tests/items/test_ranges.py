"""Items from ``--range``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.errors import ItemsError
from turnout.items import parse_range


@given(first=st.integers(-(2**40), 2**40), length=st.integers(0, 2**40))
def test_a_range_holds_both_its_ends(first: int, length: int) -> None:
    last = first + length

    numbers = parse_range(f"{first}..{last}")

    assert (numbers[0], numbers[-1], len(numbers)) == (first, last, length + 1)


@given(first=st.integers(-1000, 1000), count=st.integers(1, 100), step=st.integers(-20, 20).filter(bool))
def test_a_step_leads_from_one_end_towards_the_other(first: int, count: int, step: int) -> None:
    last = first + (count - 1) * step

    numbers = parse_range(f"{first}..{last}..{step}")

    assert list(numbers) == [first + place * step for place in range(count)]


def test_an_end_between_two_steps_is_not_reached() -> None:
    assert list(parse_range("1..10..4")) == [1, 5, 9]


def test_digits_may_be_grouped_as_in_python() -> None:
    assert len(parse_range("1..100_000_000")) == 100_000_000


@pytest.mark.parametrize("text", ["", "1", "1..", "..5", "1...5", "a..b", "1.5..2", "1..2..", "_.._", "1__0..2", "1-5"])
def test_what_is_not_a_range_is_answered_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ItemsError, match=r"not a range of whole numbers; write A\.\.B, as in 1\.\.1000"):
        parse_range(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("5..1", r"no items .* to count down, write 5\.\.1\.\.-1"),
        ("1..5..-1", "no items .* leads away from its end$"),
        ("1..5..0", "step of 0"),
        ("0..99999999999999999999", "goes beyond 2"),
        ("-9223372036854775807..9223372036854775807", "more numbers than a sequence can"),
    ],
)
def test_a_range_that_cannot_be_raced_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ItemsError, match=complaint):
        parse_range(text)


def test_more_digits_than_python_reads_are_refused() -> None:
    with pytest.raises(ItemsError, match="not a range"):
        parse_range("1.." + "9" * 5000)
