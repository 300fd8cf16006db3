from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.fulltext import page_rank

BOTH = pytest.mark.parametrize("with_numpy", [False, True])
GRAPHS = st.dictionaries(st.integers(-9, 9), st.lists(st.integers(-12, 12), max_size=6), max_size=12)


@BOTH
def test_two_pages_that_link_to_each_other_rank_alike(with_numpy: bool) -> None:  # noqa: FBT001  a parameter
    ranks = page_rank([(1, [2]), (2, [1])], with_numpy=with_numpy)

    assert list(ranks.keys) == [1, 2]
    assert list(ranks.scores) == pytest.approx([0.5, 0.5])


@BOTH
def test_a_star_ranks_as_its_closed_form_says(with_numpy: bool) -> None:  # noqa: FBT001  likewise
    spokes = 4
    links = [(0, list(range(1, spokes + 1))), *((spoke, [0]) for spoke in range(1, spokes + 1))]

    ranks = page_rank(links, with_numpy=with_numpy)

    size, damping = spokes + 1, 0.85
    centre = ((1 - damping) / size) * (1 + damping * spokes) / (1 - damping**2)
    assert ranks.scores[0] == pytest.approx(centre, abs=1e-3)
    assert list(ranks.scores[1:]) == pytest.approx([(1 - centre) / spokes] * spokes, abs=1e-3)


@BOTH
def test_a_page_without_links_shares_its_rank_with_all(with_numpy: bool) -> None:  # noqa: FBT001  likewise
    ranks = page_rank([(1, [2]), (2, [])], with_numpy=with_numpy)

    low = 1 / (2 + 0.85)  # of r1 = (1 - d + d r2) / 2 and r1 + r2 = 1
    assert ranks.scores[0] == pytest.approx(low, abs=1e-3)


@BOTH
def test_links_to_a_redirect_count_for_its_target(with_numpy: bool) -> None:  # noqa: FBT001  likewise
    links = [(1, [9]), (2, [3]), (3, []), (9, [2])]

    ranks = page_rank(links, {9: 3}, with_numpy=with_numpy)

    assert list(ranks.keys) == [1, 2, 3]
    assert ranks.scores[2] == max(ranks.scores)


def test_no_pages_have_no_ranks() -> None:
    assert list(page_rank([]).scores) == []


@given(GRAPHS)
def test_ranks_sum_up_to_one_and_agree_however_they_are_computed(graph: dict[int, list[int]]) -> None:
    plain = page_rank(graph.items(), with_numpy=False)
    fast = page_rank(graph.items(), with_numpy=True)

    assert list(plain.keys) == sorted(graph)
    assert not graph or isclose(sum(plain.scores), 1, abs_tol=1e-9)
    assert list(plain.scores) == pytest.approx(list(fast.scores), abs=1e-9)
    assert all(score > 0 for score in plain.scores)


@given(GRAPHS, st.integers(1, 1000))
def test_ranks_do_not_depend_on_the_names_of_pages(graph: dict[int, list[int]], shift: int) -> None:
    moved = {key + shift: [target + shift for target in targets] for key, targets in graph.items()}

    assert list(page_rank(moved.items()).scores) == pytest.approx(list(page_rank(graph.items()).scores), abs=1e-9)
