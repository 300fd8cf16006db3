"""How much pages are linked to, by pages that are linked to themselves."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

DAMPING = 0.85
TOLERANCE = 1e-4  # of all rank that still moves in one round: far below what reorders results
MOST_ROUNDS = 100
WORTH_NUMPY = 200_000  # links; its import alone takes as long as the rounds for fewer (some 0.1 s)


class Ranks(NamedTuple):
    """The rank of each page; all of them sum up to 1.

    Attributes:
        keys: Of pages, ascending (typecode "q").
        scores: In the same order (typecode "d").
    """

    keys: "array[int]"
    scores: "array[float]"


def page_rank(
    links: Iterable[tuple[int, Sequence[int]]],
    aliases: Mapping[int, int] | None = None,
    *,
    damping: float = DAMPING,
    with_numpy: bool | None = None,
) -> Ranks:
    """Return the PageRank of every page that ``links`` has as a source.

    A link to a page that is no source counts as if it were not there, and so does one to the page itself. A page
    without links gives its rank to all pages alike.

    Args:
        links: The key of each page, once, and those of the pages that it links to. Links that ask not to be followed
            are left out by whoever gives them.
        aliases: Keys that stand for another page, as a redirect does for its target; links to them count for that page.
        damping: The chance that a reader goes on by a link, below 1.
        with_numpy: Whether to compute with NumPy; as it suits by default.

    Source: Page, Brin, Motwani and Winograd (1999), "The PageRank Citation Ranking: Bringing Order to the Web",
    Stanford InfoLab 1999-66, computed by the power method as in Langville and Meyer (2004), "Deeper Inside PageRank",
    Internet Mathematics 1(3), section 5, with dangling pages linking to all.
    """
    stands_for = aliases or {}
    sources, counts, targets = array("q"), array("q"), array("q")
    for source, given in links:
        if source in stands_for:
            continue
        there = {stands_for.get(target, target) for target in given} if stands_for else set(given)
        there.discard(source)
        sources.append(source)
        counts.append(len(there))
        targets.extend(there)
    if with_numpy is None:
        with_numpy = len(targets) >= WORTH_NUMPY and find_spec("numpy") is not None
    if not sources:
        return Ranks(array("q"), array("d"))
    return (_by_numpy if with_numpy else _by_loops)(sources, counts, targets, damping)


def _by_loops(sources: "array[int]", counts: "array[int]", targets: "array[int]", damping: float) -> Ranks:
    keys = array("q", sorted(sources))
    places = {key: place for place, key in enumerate(keys)}
    whence, whither, given = array("l"), array("l"), array("l", bytes(array("l").itemsize * len(keys)))
    start = 0
    for source, count in zip(sources, counts, strict=True):
        place = places[source]
        known = [there for target in targets[start : start + count] if (there := places.get(target)) is not None]
        start += count
        whence.extend([place] * len(known))
        whither.extend(known)
        given[place] = len(known)
    size = len(keys)
    scores = array("d", [1 / size]) * size
    for _ in range(MOST_ROUNDS):
        shares = [score / count if count else 0.0 for score, count in zip(scores, given, strict=True)]
        kept = sum(score for score, count in zip(scores, given, strict=True) if not count)
        fresh = array("d", [(1 - damping + damping * kept) / size]) * size
        for here, there in zip(whence, whither, strict=True):
            fresh[there] += damping * shares[here]
        moved = sum(abs(new - old) for new, old in zip(fresh, scores, strict=True))
        scores = fresh
        if moved < TOLERANCE:
            break
    return Ranks(keys, scores)


def _by_numpy(sources: "array[int]", counts: "array[int]", targets: "array[int]", damping: float) -> Ranks:
    np: Any = import_module("numpy")  # imported by name, so that it stays an option
    given_keys = np.frombuffer(sources, dtype=np.int64)
    keys = np.sort(given_keys)
    size = len(keys)
    whence = np.repeat(np.searchsorted(keys, given_keys).astype(np.int32), np.frombuffer(counts, dtype=np.int64))
    wanted = np.frombuffer(targets, dtype=np.int64) if targets else np.empty(0, dtype=np.int64)
    whither = np.minimum(np.searchsorted(keys, wanted), size - 1).astype(np.int32)
    known = keys[whither] == wanted
    whence, whither = whence[known], whither[known]
    given = np.bincount(whence, minlength=size)
    dangling = given == 0
    shares_of = damping / np.where(dangling, 1, given)
    scores = np.full(size, 1 / size)
    for _ in range(MOST_ROUNDS):
        given_by_links = np.bincount(whither, weights=(scores * shares_of)[whence], minlength=size)
        fresh = given_by_links + (1 - damping + damping * scores[dangling].sum()) / size
        moved = np.abs(fresh - scores).sum()
        scores = fresh
        if moved < TOLERANCE:
            break
    return Ranks(array("q", keys.tobytes()), array("d", scores.tobytes()))
