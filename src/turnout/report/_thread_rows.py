"""Where each thread's wall time went, as the figures that every renderer shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from turnout.observe import Recording, State, ThreadRecord
from turnout.report._state_words import ORDER
from turnout.report._words import plain, plural

NAME_LIMIT = 40
_WANTS_A_CORE = (State.RUN, State.GIL, State.CORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRow:
    """One thread, or several taken together.

    Attributes:
        name: What to call it; safe to show.
        native_id: Its number by the system; None for several.
        wall_ns: How long it was seen, all of them together.
        shares: Parts of that in each state, 0 to 1, together 1; empty if it was seen for no time.
        percents: The same in whole percents, together 100.
        thread_count: How many it stands for.
    """

    name: str
    native_id: int | None
    wall_ns: int
    shares: dict[State, float]
    percents: dict[State, int]
    thread_count: int = 1

    def percent(self, states: Iterable[State]) -> int | None:
        """Return the whole percents in some states; None if it was seen for no time."""
        return sum(self.percents.get(state, 0) for state in states) if self.percents else None


def thread_rows(recording: Recording, limit: int) -> tuple[ThreadRow, ...]:
    """Return a row for each Python thread, and one for all native threads.

    Args:
        recording: What was seen.
        limit: How many Python threads have a row of their own, at least 1. If there are more, those that want a core
            for the longest time come first, and the others share a row.
    """
    python = [thread for thread in recording.threads if thread.is_python]
    native = [thread for thread in recording.threads if not thread.is_python]
    others: list[ThreadRecord] = []
    if len(python) > limit:
        ranked = sorted(python, key=_wants_ns, reverse=True)
        python, others = ranked[:limit], ranked[limit:]
    rows = [_row(thread_name(one, recording), one.native_id, [one]) for one in python]
    if others:
        rows.append(_row(plural(len(others), "other"), None, others))
    if native:
        rows.append(_row(plural(len(native), "native thread"), None, native))
    return tuple(rows)


def thread_name(thread: ThreadRecord, recording: Recording, limit: int = NAME_LIMIT) -> str:
    """Return what to call a thread, the main one marked; safe to show."""
    main = " (main)" if thread.native_id == recording.pid else ""
    return f"{plain(thread.name, limit - len(main)) or 'thread'}{main}"


def thread_labels(recording: Recording, limit: int = NAME_LIMIT) -> dict[int, str]:
    """Return what to call each thread by its native id, which is put to names that several have; safe to show."""
    names = [(one.native_id, thread_name(one, recording, limit)) for one in recording.threads]
    owners = Counter(name for _, name in names)
    labels = {}
    for native_id, name in names:
        number = f" {native_id}"
        labels[native_id] = name if owners[name] == 1 else f"{plain(name, limit - len(number))}{number}"
    return labels


def states_of(rows: Iterable[ThreadRow]) -> frozenset[State]:
    """Return the states that any of the rows spends at least a rounded percent in."""
    return frozenset(state for row in rows for state, percent in row.percents.items() if percent)


def shares_of(state_ns: Mapping[State, int], wall_ns: int) -> dict[State, float]:
    """Return the parts of ``wall_ns`` in each state, together 1; what no state accounts for is unknown.

    Empty if there is no time to split.
    """
    known = {state: max(0, state_ns.get(state, 0)) for state in ORDER}
    known[State.UNKNOWN] += max(0, wall_ns - sum(known.values()))
    whole = sum(known.values())
    return {state: ns / whole for state, ns in known.items() if ns} if whole else {}


def apportioned(shares: Sequence[float], whole: int) -> list[int]:
    """Return whole numbers in proportion to the shares that add up to ``whole``, by the largest remainders.

    Args:
        shares: Not negative; any sum above 0.
        whole: Not negative.

    Source: Hamilton's method (1792).
    """
    total = sum(shares)
    exact = [share * whole / total for share in shares]
    found = [int(one) for one in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: found[place] - exact[place])
    for place in by_rest[: whole - sum(found)]:
        found[place] += 1
    return found


def _wants_ns(thread: ThreadRecord) -> int:
    return sum(thread.state_ns.get(state, 0) for state in _WANTS_A_CORE)


def _row(name: str, native_id: int | None, threads: Sequence[ThreadRecord]) -> ThreadRow:
    wall_ns = sum(max(0, one.wall_ns) for one in threads)
    together = {state: sum(one.state_ns.get(state, 0) for one in threads) for state in ORDER}
    shares = shares_of(together, wall_ns)
    percents = dict(zip(shares, apportioned(list(shares.values()), 100), strict=True)) if shares else {}
    return ThreadRow(
        name=name,
        native_id=native_id,
        wall_ns=wall_ns,
        shares=shares,
        percents=percents,
        thread_count=len(threads),
    )
