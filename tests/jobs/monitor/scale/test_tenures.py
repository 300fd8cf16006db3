"""Whom to ask about the past: who looked after what, and when."""

import pytest

from turnout.jobs.monitor.scale import Tenure, Tenures

PART = 0


def tenures(*since: tuple[str, int]) -> Tenures:
    found = Tenures()
    for who, second in since:
        found.add(PART, Tenure(who=who, called=f"host:{who}", since_ns=second))
    return found


def test_those_who_had_a_part_in_a_time_are_told_in_their_order() -> None:
    known = tenures(("ada", 10), ("bob", 20), ("eve", 30))

    assert known.of(PART, 15, 15) == ("ada",)
    assert known.of(PART, 20, 20) == ("bob",)
    assert known.of(PART, 15, 25) == ("ada", "bob")
    assert known.of(PART, 99, 99) == ("eve",)


def test_who_has_had_it_twice_is_told_once_and_with_the_later_time() -> None:
    known = tenures(("ada", 10), ("bob", 20), ("ada", 30))

    assert known.of(PART, 12, 35) == ("bob", "ada")


def test_what_is_made_anew_counts_from_the_one_who_did_it() -> None:
    known = tenures(("ada", 10), ("bob", 20), ("eve", 20), ("ida", 15))

    assert known.of(PART, 17, 17) == ("ida",)
    assert known.of(PART, 12, 12) == ("ada",)


def test_before_all_that_is_known_anybody_may_have_had_it() -> None:
    known = tenures(("ada", 10), ("bob", 20))

    assert set(known.of(PART, 5, 5)) == {"ada", "bob"}
    assert set(known.of(7, 15, 15)) == {"ada", "bob"}
    assert Tenures().of(PART, 5, 5) == ()


def test_of_very_many_the_last_ones_are_asked() -> None:
    known = tenures(*((f"m{number:02}", number) for number in range(100)), ("m00", 100))

    assert len(known.everybody) == 32
    assert known.everybody[-1] == "m00"


def test_names_are_those_that_were_told_last() -> None:
    known = tenures(("ada", 10))
    known.add(PART, Tenure(who="ada", called="other:ada", since_ns=20))

    assert known.called(["ada", "zoe"]) == ("other:ada", "zoe")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"{}", b'{"who": "a", "called": "b", "since_ns": "soon"}', b"\xff"]
)
def test_what_is_no_tenure_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Tenure.from_bytes(content)


def test_a_tenure_comes_back_from_its_bytes() -> None:
    tenure = Tenure(who="ada", called="host:\u202eone", since_ns=7)

    assert Tenure.from_bytes(tenure.to_bytes()) == tenure
