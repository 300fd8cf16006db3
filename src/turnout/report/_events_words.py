"""What handlers and their loop did, in sentences; all of them safe to show."""

from turnout.report._events_types import EventsReport, SlowRow
from turnout.report._words import duration, percent, plain, plural

_NAME = 60


def seconds(ns: float) -> str:
    """Return a time that was measured in nanoseconds."""
    return duration(ns / 1e9)


def headline(report: EventsReport) -> str:
    """Return the sentence that matters most."""
    count = sum(kind.count for kind in report.kinds)
    said = f"{plural(count, 'event')} in {seconds(report.wall_ns)}"
    blocks = report.loop.blocks if report.loop is not None else ()
    if blocks:
        longest = max(one.took_ns for one in blocks)
        return f"{said}; the loop was held up {_times(len(blocks))}, for up to {seconds(longest)}."
    if report.slow:
        worst = max(report.slow, key=lambda one: one.took_ns)
        return f"{said}; {_called(worst)} took up to {seconds(worst.took_ns)}."
    return f"{said}; no handler took {seconds(report.slow_ns)} or more."


def summary(report: EventsReport) -> list[str]:
    """Return what else there is to say, the most important first."""
    said: list[str] = []
    failed = sum(row.failed for row in report.handlers)
    if failed:
        worst = max(report.handlers, key=lambda row: row.failed)
        said.append(
            f"{plural(failed, 'call')} raised, most of them in {plain(worst.handler, _NAME)}; no other handler was "
            "kept from running."
        )
    busy = [row for row in report.handlers if not row.is_waiting]
    if busy and report.wall_ns > 0:
        said.append(
            f"Handlers took {percent(sum(row.total_ns for row in busy) / report.wall_ns)} of the time, "
            f"{plain(busy[0].handler, _NAME)} most of it with {seconds(busy[0].total_ns)} in "
            f"{plural(busy[0].calls, 'call')}."
        )
    if report.most_waiting:
        waited = max(report.kinds, key=lambda kind: kind.most_ns)
        said.append(
            f"At most {plural(report.most_waiting, 'event')} waited at once; 99 of 100 of {plain(waited.kind, _NAME)} "
            f"waited no longer than {seconds(waited.most_ns)}."
        )
    said += [
        f"{plural(lost, 'event')} of {plain(kind.kind, _NAME)} {'was' if lost == 1 else 'were'} {how}."
        for kind in report.kinds
        for lost, how in ((kind.dropped, "dropped for want of room"), (kind.merged, "replaced by later ones"))
        if lost
    ]
    if report.loop is not None and report.loop.looks:
        said.append(
            f"The loop came to what was due within {seconds(report.loop.most_ns)} in 99 of 100 times, and at worst "
            f"{seconds(report.loop.longest_ns)} late."
        )
    return [*said, *map(plain, report.notes)]


def slow_words(one: SlowRow) -> str:
    """Return what took long, and when."""
    when = f"{seconds(one.took_ns)}, {seconds(one.start_ns)} after the start"
    return (
        f"{_called(one)}({plain(one.event, 120)}): {when}" if one.handler is not None else f"The loop was late: {when}"
    )


def worst_first(report: EventsReport) -> list[SlowRow]:
    """Return slow calls, and blocks that none of them explains, the longest first."""
    blocks = report.loop.blocks if report.loop is not None else ()
    unexplained = [block for block in blocks if not any(_explains(call, block) for call in report.slow)]
    return sorted((*report.slow, *unexplained), key=lambda one: -one.took_ns)


def _explains(call: SlowRow, block: SlowRow) -> bool:
    begin = max(call.start_ns, block.start_ns)
    end = min(call.start_ns + call.took_ns, block.start_ns + block.took_ns)
    return end - begin > block.took_ns / 2


def _called(one: SlowRow) -> str:
    return plain(one.handler or "", _NAME)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
