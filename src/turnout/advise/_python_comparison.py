"""Whether every Python came to the same outcomes."""

from collections.abc import Sequence

from turnout.advise._comparison import Board, between, failures, within
from turnout.advise._types import Finding
from turnout.advise._wording import count, listing
from turnout.measurement import PythonRun

_MORAL = (
    "Python 2 divides whole numbers into whole numbers and mixes text with bytes, and random numbers of one seed may "
    "differ; a difference of any other kind needs to be understood."
)


def compare_pythons(runs: Sequence[PythonRun], *, indexes: Sequence[int] | None = None) -> tuple[Finding, ...]:
    """Return what differs between the outcomes under different Pythons, and between the models of one of them.

    A race that the lock of one Python hides may show where there is none.

    Args:
        runs: What each Python did, all with the same items in the same order.
        indexes: The index of each of those items among all items; None if they are the first ones.
    """
    found = []
    sequential = []
    for run in runs:
        boards = [Board(measurement) for measurement in run.measurements]
        sequential += [Board(one, one.contender.python) for one in run.measurements[:1]]
        named, length = _positions(boards, indexes)
        found += [within(boards, named, length), between(boards, named, length)]
    named, length = _positions(sequential, indexes)
    found.append(between(sequential, named, length, where="under different Pythons", moral=_MORAL))
    if any(board.failures for board in sequential) and not all(board.failures for board in sequential):
        found.append(failures(sequential, named, length))
    found.append(_unread(sequential, length))
    return tuple(finding for finding in found if finding is not None)


def _positions(boards: Sequence[Board], indexes: Sequence[int] | None) -> tuple[Sequence[int], int]:
    length = min((board.length for board in boards), default=0)
    return (indexes if indexes is not None and len(indexes) >= length else range(length)), length


def _unread(boards: Sequence[Board], length: int) -> Finding | None:
    """Say whose outcomes could not be compared, if those of the first one could."""
    if not boards:
        return None
    blind = {
        board.label: sum(
            heat == 0 and here != 0 for heat, here in zip(board.heats[0], boards[0].heats[0], strict=False)
        )
        for board in boards
    }
    blind = {label: unread for label, unread in blind.items() if unread}
    if not blind:
        return None
    most = max(blind.values())
    return Finding(
        title=f"Up to {most:,} of {count(length, 'outcome')} of {listing(list(blind))} can't be compared with ours.",
        details=("They are no plain values, and what they are made of is not the same in each Python.",),
    )
