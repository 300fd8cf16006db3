"""How much pages are linked to, by pages that are linked to themselves."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from operator import itemgetter
from typing import Any, NamedTuple

DAMPING = 0.85
TOLERANCE = 1e-4  # of all rank that still moves in one round: far below what reorders results
MOST_ROUNDS = 100
WORTH_NUMPY = 200_000  # links; its import alone takes as long as the rounds for fewer (some 0.1 s)

_BUNDLE = 250_000  # links that are looked up at once: some 10 MB


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
    without links gives its rank to all pages alike. With NumPy, it takes some 4 bytes for a link and 50 for a page.

    Args:
        links: The key of each page, once, and those of the pages that it links to; gone through twice. Links that ask
            not to be followed are left out by whoever gives them.
        aliases: Keys that stand for another page, as a redirect does for its target; links to them count for that page.
        damping: The chance that a reader goes on by a link, below 1.
        with_numpy: Whether to compute with NumPy; as it suits by default.

    Source: Page, Brin, Motwani and Winograd (1999), "The PageRank Citation Ranking: Bringing Order to the Web",
    Stanford InfoLab 1999-66, computed by the power method as in Langville and Meyer (2004), "Deeper Inside PageRank",
    Internet Mathematics 1(3), section 5, with dangling pages linking to all.
    """
    stands_for = aliases or {}
    sources, link_count = array("q"), 0
    for source, targets in links:
        link_count += len(targets)
        if source not in stands_for:
            sources.append(source)
    if not sources:
        return Ranks(array("q"), array("d"))
    if with_numpy is None:
        with_numpy = link_count >= WORTH_NUMPY and find_spec("numpy") is not None
    return (_by_numpy if with_numpy else _by_loops)(sources, links, stands_for, damping)


def _by_loops(
    sources: "array[int]", links: Iterable[tuple[int, Sequence[int]]], stands_for: Mapping[int, int], damping: float
) -> Ranks:
    keys = array("q", sorted(sources))
    places = {key: place for place, key in enumerate(keys)}
    size = len(keys)
    given = [0] * size
    incoming: list[list[int]] = [[size, size] for _ in keys]  # a getter of two values at least returns a tuple
    for source, linked in links:
        place = places.get(source)
        if place is None:
            continue
        targets = {stands_for.get(target, target) for target in linked} if stands_for else set(linked)
        targets.discard(source)
        known = [places[target] for target in targets if target in places]
        given[place] = len(known)
        for target in known:
            incoming[target].append(place)
    getters = [itemgetter(*there) for there in incoming]  # whose sums take less than a loop over the links
    scores = [1 / size] * size
    for _ in range(MOST_ROUNDS):
        kept = sum(score for score, count in zip(scores, given, strict=True) if not count)
        base = (1 - damping + damping * kept) / size
        shares = [damping * score / count if count else 0.0 for score, count in zip(scores, given, strict=True)]
        shares.append(0.0)  # which each getter begins with
        fresh = [base + sum(get(shares)) for get in getters]
        moved = sum(abs(new - old) for new, old in zip(fresh, scores, strict=True))
        scores = fresh
        if moved < TOLERANCE:
            break
    return Ranks(keys, array("d", scores))


def _by_numpy(
    sources: "array[int]", links: Iterable[tuple[int, Sequence[int]]], stands_for: Mapping[int, int], damping: float
) -> Ranks:
    np: Any = import_module("numpy")  # imported by name, so that it stays an option
    keys = np.sort(np.frombuffer(sources, dtype=np.int64))
    size = len(keys)
    aliases = np.array(sorted(stands_for.items()), dtype=np.int64).reshape(-1, 2)
    given = np.zeros(size, dtype=np.int32)
    bundles: list[tuple[Any, Any, Any]] = []  # of NumPy's arrays: pages, how many links each has, where these lead
    for whence, counts, wanted in _bundled(links):
        pages, is_page = _places(np, keys, np.frombuffer(whence, dtype=np.int64))
        sought = np.array(wanted, dtype=np.int64)
        if stands_for:
            places, is_alias = _places(np, aliases[:, 0], sought)
            sought[is_alias] = aliases[places[is_alias], 1]
        targets, is_known = _places(np, keys, sought)
        owners = np.repeat(np.arange(len(whence)), counts)
        is_known &= is_page[owners] & (targets != pages[owners])
        pairs = np.sort(owners[is_known] * size + targets[is_known])
        once = pairs[np.diff(pairs, prepend=-1) > 0]  # many times as fast as `np.unique`
        known_counts = np.bincount(once // size, minlength=len(whence)).astype(np.int32)
        given[pages[is_page]] = known_counts[is_page]
        bundles.append((pages, known_counts, (once % size).astype(np.int32)))
    dangling = given == 0
    shares_of = damping / np.where(dangling, 1, given)
    scores = np.full(size, 1 / size)
    for _ in range(MOST_ROUNDS):
        fresh = np.full(size, (1 - damping + damping * scores[dangling].sum()) / size)
        shares = scores * shares_of
        for pages, counts, targets in bundles:
            fresh += np.bincount(targets, weights=np.repeat(shares[pages], counts), minlength=size)
        moved = np.abs(fresh - scores).sum()
        scores = fresh
        if moved < TOLERANCE:
            break
    return Ranks(array("q", keys.tobytes()), array("d", scores.tobytes()))


def _bundled(
    links: Iterable[tuple[int, Sequence[int]]],
) -> Iterator[tuple["array[int]", "array[int]", "array[int]"]]:
    """Yield pages, how many links each has, and where they lead to, some at a time: in keys, they take most memory."""
    sources, counts, targets = array("q"), array("q"), array("q")
    for source, there in links:
        sources.append(source)
        counts.append(len(there))
        targets.extend(there)
        if len(targets) >= _BUNDLE:
            yield sources, counts, targets
            sources, counts, targets = array("q"), array("q"), array("q")
    if sources:
        yield sources, counts, targets


def _places(np: Any, keys: Any, sought: Any) -> tuple[Any, Any]:  # the module, and its arrays
    """Return where keys are among all, in 32 bits, and whether they are there at all."""
    places = np.minimum(np.searchsorted(keys, sought), len(keys) - 1).astype(np.int32)
    return places, keys[places] == sought
