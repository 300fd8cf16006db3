"""Whether every contender came to the same outcomes."""

import sys
from array import array
from collections.abc import Iterable, Sequence

from turnout.advise._types import Finding
from turnout.advise._wording import count, listing
from turnout.measurement import Measurement

EXAMPLES = 5  # item indexes named in a finding


def compare_outcomes(
    measurements: Sequence[Measurement], *, indexes: Sequence[int] | None = None
) -> tuple[Finding, ...]:
    """Return what differs between the outcomes of the contenders, and between the heats of one of them.

    A function that depends on its item alone gives the same outcome each time. Where that is not so, some of what
    it uses is shared and changed by others (a race), or its result depends on more than the item (time, random
    numbers, a server): it is impure.

    Args:
        measurements: Who ran, all on the same items in the same order.
        indexes: The index of each of those items among all items; None if they are the first ones.

    Returns:
        At most one finding each for: outcomes that differ within a contender, outcomes that differ between
        contenders, failures, and outcomes that can't be compared.
    """
    boards = [Board(measurement) for measurement in measurements]
    positions = range(min((board.length for board in boards), default=0))
    named = indexes if indexes is not None and len(indexes) >= len(positions) else positions
    found = (
        within(boards, named, len(positions)),
        between(boards, named, len(positions)),
        failures(boards, named, len(positions)),
        _incomparable(boards, len(positions)),
    )
    return tuple(finding for finding in found if finding is not None)


class Board:
    """The fingerprints and failures of one contender's heats.

    Args:
        measurement: The heats.
        label: What findings call the contender; its own label by default.
    """

    def __init__(self, measurement: Measurement, label: str = "") -> None:
        self.label = label or measurement.contender.label
        self.item_count = measurement.item_count
        self.heats = [_unpack(heat.fingerprints) for heat in measurement.heats]
        self.length = min(map(len, self.heats))
        self.steady = all(heat == self.heats[0] for heat in self.heats[1:])
        worst = max(measurement.heats, key=lambda heat: heat.failures)
        self.failures = worst.failures
        self.first_failure = worst.first_failure

    def own(self, position: int) -> set[int]:
        """Return the different outcomes of the item at this position, those that can't be compared left out."""
        return {heat[position] for heat in self.heats} - {0}

    def failed(self, length: int) -> set[int]:
        """Return the positions of the items that failed in some heat; a failure's fingerprint is odd."""
        if not self.failures:
            return set()
        return {at for heat in self.heats for at in range(length) if heat[at] % 2}


def _unpack(packed: bytes) -> "array[int]":
    numbers = array("Q", packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def within(boards: Sequence[Board], named: Sequence[int], length: int) -> Finding | None:
    """Return which items came out differently between the heats of one contender."""
    details, unsteady = [], 0
    for board in boards:
        positions = () if board.steady else [at for at in range(length) if len(board.own(at)) > 1]
        if positions:
            unsteady = max(unsteady, len(positions))
            runs = count(len(board.heats), "run")
            details.append(
                f"{board.label}: {count(len(positions), 'item')} differed between its {runs}; "
                f"{_examples(positions, named)}."
            )
    if not details:
        return None
    return Finding(
        title=f"Up to {unsteady:,} of {count(length, 'item')} came out differently when run again: "
        "this is a racy or impure function.",
        details=(
            *details,
            (
                "Its outcome depends on more than the item: the time, random numbers, a server's reply, or data that "
                "others change meanwhile."
            ),
        ),
    )


def between(
    boards: Sequence[Board],
    named: Sequence[int],
    length: int,
    *,
    where: str = "under different executors: this is a racy or impure function",
    moral: str = "Do not trust the faster one before the difference is understood.",
) -> Finding | None:
    """Return which items came out differently under different contenders.

    Args:
        boards: The contenders.
        named: The index of each item of theirs among all items.
        length: How many items to look at.
        where: What makes the contenders different, and what follows.
        moral: What to do about it.
    """
    if len(boards) < 2 or all(board.steady and board.heats[0] == boards[0].heats[0] for board in boards):  # noqa: PLR2004  a comparison needs two
        return None
    failed = set[int]().union(*(board.failed(length) for board in boards))  # these have their own finding
    differing, camps = [], dict[tuple[tuple[str, ...], ...], int]()
    for at in range(length):
        agreed: dict[int, list[str]] = {}
        for board in boards:
            own = board.own(at)
            if len(own) == 1:  # one that differs within itself is told of already
                agreed.setdefault(next(iter(own)), []).append(board.label)
        if len(agreed) > 1 and at not in failed:
            differing.append(at)
            camp = tuple(tuple(labels) for labels in agreed.values())
            camps[camp] = camps.get(camp, 0) + 1
    if not differing:
        return None
    usual = max(camps, key=lambda camp: camps[camp])
    sides = "; ".join(f"{listing(labels)} {'agree' if len(labels) > 1 else 'stands alone'}" for labels in usual)
    return Finding(
        title=f"{len(differing):,} of {count(length, 'item')} came out differently {where}.",
        details=(
            f"On {count(camps[usual], 'item')}: {sides}.",
            f"{_examples(differing, named).capitalize()}.",
            moral,
        ),
    )


def failures(boards: Sequence[Board], named: Sequence[int], length: int) -> Finding | None:
    """Return which items failed."""
    failing = [board for board in boards if board.failures]
    if not failing:
        return None
    clean = [board.label for board in boards if not board.failures]
    counts = sorted({board.failures for board in failing})
    if clean:
        title = f"Items fail under {listing([board.label for board in failing])} but not under {listing(clean)}."
    elif len(counts) == 1:
        title = f"{counts[0]:,} of {count(failing[0].item_count, 'item')} failed under every executor."
    else:
        title = f"Between {counts[0]:,} and {counts[-1]:,} of {count(failing[0].item_count, 'item')} failed."
    details = [
        f"{board.label}: {board.failures:,} of {count(board.item_count, 'item')} failed"
        + (f"; the first with {board.first_failure.rstrip('.')}." if board.first_failure else ".")
        for board in failing
    ]
    failed = sorted(set[int]().union(*(board.failed(length) for board in failing)))
    if failed:
        details.append(f"{_examples(failed, named).capitalize()}.")
    return Finding(title=title, details=tuple(details))


def _incomparable(boards: Iterable[Board], length: int) -> Finding | None:
    unseen = {at for board in boards for heat in board.heats if 0 in heat for at in range(length) if heat[at] == 0}
    if not unseen:
        return None
    return Finding(
        title=f"{len(unseen):,} of {count(length, 'outcome')} can't be compared, so a difference would go unseen.",
        details=(
            "They hold something without a value of its own (a generator, an open file, a lock), or are too large.",
        ),
    )


def _examples(positions: Sequence[int], named: Sequence[int]) -> str:
    shown = [f"{named[at]:,}" for at in positions[:EXAMPLES]]
    words = "the item" if len(positions) == 1 else "the items" if len(positions) <= EXAMPLES else "among them items"
    return f"{words} {listing(shown)}, counted from 0"
