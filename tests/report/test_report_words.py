import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.report._words import (
    duration,
    listed,
    number,
    percent,
    plain,
    plural,
    significant,
    size_of,
    span_of,
    times,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (3e-10, "0.300 ns"),
        (45e-9, "45.0 ns"),
        (12.34e-6, "12.3 µs"),
        (0.0009999, "1.00 ms"),
        (0.851, "851 ms"),
        (2.468, "2.47 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
        (90_000, "1 day 1 h"),
        (63_202_000, "2 years 1 day"),
        (float("inf"), "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("low_s", "high_s", "words"),
    [
        (0.832, 0.901, "832 to 901 ms"),
        (0.95, 1.05, "0.950 to 1.05 s"),
        (2, 2, "2.00 s"),
        (50, 70, "50.0 s to 1 min 10 s"),
        (0, float("inf"), "unknown"),
    ],
)
def test_a_range_has_one_unit(low_s: float, high_s: float, words: str) -> None:
    assert span_of(low_s, high_s) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (9.999, "10.0"), (1234.5, "1,234"), (0.0123, "0.0123"), (float("inf"), "unknown")]
)
def test_a_value_keeps_three_significant_digits(value: float, words: str) -> None:
    assert significant(value) == words


def test_what_is_not_known_is_a_dash() -> None:
    shown = [size_of(None), percent(None), times(None), number(None), percent(float("nan")), times(float("inf"))]

    assert shown == ["-"] * 6


def test_small_facts_read_well() -> None:
    shown = [size_of(999), size_of(34_100_000), size_of(2.5e9), percent(1.98), percent(0.004), times(1.958)]
    counts = [number(2.0), number(1.5), plural(1, "item"), plural(2_000, "item")]

    assert shown == ["999 B", "34.1 MB", "2.50 GB", "198 %", "0.4 %", "1.96x"]
    assert counts == ["2", "1.5", "1 item", "2,000 items"]


@pytest.mark.parametrize(("words", "sentence"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b and c")])
def test_a_list_reads_as_in_a_sentence(words: list[str], sentence: str) -> None:
    assert listed(words) == sentence


def test_escapes_and_direction_marks_become_visible() -> None:
    assert plain("\x1b[31m\u202egpj.exe\nnext\tone\ud800") == r"\x1b[31m\u202egpj.exe\nnext one\ud800"


def test_a_pile_of_accents_is_cut() -> None:
    assert plain("e" + "\u0301" * 50) == "e" + "\u0301" * 3


def test_the_middle_of_a_long_name_is_left_out() -> None:
    assert plain("a" * 50 + "b" * 50, 10) == "aaaaaa…bbb"


@given(st.text(st.characters()), st.integers(2, 50))
def test_any_text_becomes_printable(text: str, limit: int) -> None:
    shown = plain(text, limit)

    assert "\n" not in shown
    assert "\x1b" not in shown
    assert shown.encode("utf-8").decode("utf-8") == shown
