"""How a download stands and ended, in lines of text."""

from collections import Counter
from collections.abc import Sequence

from turnout.errors import message_of
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._wanted import shown_url
from turnout.outcomes import Failure
from turnout.report._words import duration, percent, plain, size_of

_BAR = 20
_SHOWN_FAILURES = 20
_NAME_WIDTH = 32


def progress_lines(
    board: Board, *, taken: int, known: int | None, failed: int, rate: float | None, width: int, height: int
) -> list[str]:
    """Return one line for all files, and one for each of those under way that take longest.

    Args:
        board: How they stand.
        taken: How many have ended.
        known: How many there are; None if that is not known.
        failed: How many have failed.
        rate: Bytes a second; None if it is not known yet.
        width: Of a line, characters.
        height: How many lines there is room for.
    """
    lines = [overall_line(board, taken=taken, known=known, failed=failed, rate=rate)]
    under_way = sorted(board.lines.copy().values(), key=lambda line: -(line.size_bytes or line.done_bytes))
    lines += map(_file_line, under_way[: max(0, height - 2)])
    if len(under_way) > height - 2 > 0:
        lines.append(f"  and {len(under_way) - height + 2} more under way")
    return [line[:width] for line in lines]


def overall_line(board: Board, *, taken: int, known: int | None, failed: int, rate: float | None) -> str:
    """Return how all files stand; the arguments are those of `progress_lines`."""
    of = "" if known is None else f" of {known:,}"
    parts = [f"{taken:,}{of} files", size_of(board.received_bytes)]
    if rate is not None:
        parts.append(f"{size_of(rate)}/s")
    left = sum((line.size_bytes or 0) - line.done_bytes for line in board.lines.copy().values() if line.size_bytes)
    waiting = 0 if known is None else known - taken - len(board.lines)
    if known is not None and rate and (left or waiting):
        mean = board.saved_bytes / board.saved if board.saved else 0
        parts.append(f"{duration((left + waiting * mean) / rate)} left")
    if failed:
        parts.append(f"{failed:,} failed")
    return ", ".join(parts)


def summary_lines(
    board: Board, statuses: Counter[str], failures: Sequence[Failure], *, failed: int, seconds: float, folder: str
) -> list[str]:
    """Return what became of all files.

    Args:
        board: How they stand, at the end.
        statuses: How many were saved, unchanged or kept.
        failures: The first of those that failed.
        failed: How many did.
        seconds: How long it took.
        folder: Where they lie.
    """
    rate = f" ({size_of(board.received_bytes / seconds)}/s)" if seconds > 0 and board.received_bytes else ""
    saved = statuses["saved"]
    files = f"{saved:,} {'file' if saved == 1 else 'files'} saved in {plain(folder, 200)}"
    lines = [f"{files}, {size_of(board.received_bytes)} in {duration(seconds)}{rate}"]
    for status, words in (("unchanged", "not newer than what is there"), ("kept", "kept, as the name is taken")):
        if statuses[status]:
            lines.append(f"{statuses[status]:,} {words}")
    if failed:
        lines.append(f"{failed:,} failed:")
        lines += [f"  {failure_line(failure)}" for failure in failures[:_SHOWN_FAILURES]]
        if failed > _SHOWN_FAILURES:
            lines.append(f"  and {failed - _SHOWN_FAILURES:,} more; --log FILE.jsonl has them all")
    return lines


def failure_line(failure: Failure) -> str:
    """Return an address and why its file did not arrive."""
    url = shown_url(failure.item if isinstance(failure.item, str) else getattr(failure.item, "url", "?"))
    tries = f" ({failure.attempts} tries)" if failure.attempts > 1 else ""
    return f"{plain(url, 200)}: {plain(message_of(failure.error), 300)}{tries}"


def _file_line(line: Line) -> str:
    name = plain(line.name, _NAME_WIDTH).ljust(_NAME_WIDTH)
    over = f" over {line.parts} connections" if line.parts > 1 else ""
    if not line.size_bytes:
        return f"  {name} {size_of(line.done_bytes)}{over}"
    share = min(1.0, line.done_bytes / line.size_bytes)
    bar = ("█" * round(share * _BAR)).ljust(_BAR, "·")
    return f"  {name} {bar} {percent(share):>5} of {size_of(line.size_bytes)}{over}"
