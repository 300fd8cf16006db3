import pytest

from turnout.advise._wording import count, figures, listing, percent, seconds


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0, "0.00 ns"),
        (2.5e-9, "2.50 ns"),
        (60e-6, "60.0 µs"),
        (0.00099999, "1.00 ms"),
        (0.2571, "257 ms"),
        (0.9999, "1.00 s"),
        (2.474, "2.47 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3599.9, "60 min"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_reads_with_three_figures(duration_s: float, text: str) -> None:
    assert seconds(duration_s) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.031, "0.03"), (1.96, "1.96"), (9.999, "10.0"), (99.96, "100"), (1234.5, "1,234")]
)
def test_a_ratio_reads_with_three_figures(value: float, text: str) -> None:
    assert figures(value) == text


def test_counts_shares_and_lists_read_as_in_a_sentence() -> None:
    assert (count(1, "item"), count(1200, "item")) == ("1 item", "1,200 items")
    assert [percent(share) for share in (0, 0.002, 0.984, 0.998, 1)] == [
        "0 %",
        "less than 1 %",
        "98 %",
        "over 99 %",
        "100 %",
    ]
    assert [listing(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
