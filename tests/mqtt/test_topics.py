import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.errors import UsageError
from turnout.mqtt import check_filter, check_topic, matches
from turnout.mqtt._topics import FilterTree

LEVELS = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("#", "a/b/c", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/load", False),
        ("+/load", "$SYS/load", False),
        ("$SYS/#", "$SYS/load", True),
        ("$SYS/load", "$SYS/load", True),
        ("a", "A", False),
    ],
)
def test_a_filter_matches_as_the_specification_says(topic_filter: str, topic: str, expected: bool) -> None:  # noqa: FBT001  a parameter
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize("wrong", ["", "a/#/b", "a#", "a/b+", "+a", "a\0", "\ud800", "a" * 65_536, "a/" * 300])
def test_a_wrong_filter_is_told(wrong: str) -> None:
    with pytest.raises(UsageError):
        check_filter(wrong)


@pytest.mark.parametrize("wrong", ["", "a/#", "a/+", "a\0"])
def test_a_wrong_topic_is_told(wrong: str) -> None:
    with pytest.raises(UsageError):
        check_topic(wrong)


@settings(max_examples=40)
@given(LEVELS, LEVELS)
def test_a_topic_matches_itself_and_no_other(one: list[str], other: list[str]) -> None:
    first, second = "/".join(one), "/".join(other)

    assert matches(first, second) is (first == second)


@settings(max_examples=40)
@given(st.lists(st.tuples(LEVELS, st.sampled_from("xyz")), max_size=8))
def test_a_tree_is_empty_once_all_is_removed(kept: list[tuple[list[str], str]]) -> None:
    tree: FilterTree[int] = FilterTree()
    pairs = {("/".join(levels), owner) for levels, owner in kept}

    put = [tree.put(*pair, 1) for pair in pairs]
    again = [tree.put(*pair, 2) for pair in pairs]
    removed = [tree.remove(*pair) for pair in pairs]

    assert all(put)
    assert not any(again)
    assert all(removed)
    assert not tree._root.below
    assert not tree.remove("a/b", "x")
