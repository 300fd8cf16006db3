"""A first look: a few items, one after the other, for a moment."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice, takewhile
from typing import Any

from turnout.clock import wall_ns
from turnout.executors import SequentialExecutor
from turnout.measurement._heat import in_fresh_process
from turnout.outcomes import Failure
from turnout.trace import Recorder, Trace


def run_pilot(
    function: Callable[[Any], Any],  # the caller's function, of the caller's types
    items: Sequence[Any],
    *,
    for_s: float,
    limit_s: float,
) -> tuple[Trace, int]:
    """Run items one after the other, in a fresh process, and return their trace and how many failed.

    Args:
        function: Takes one item.
        items: At least one; as many are run as there is time for, the first always.
        for_s: Seconds after which no further item is begun.
        limit_s: Seconds after which the process is killed.

    Raises:
        OverdueError: If the first items take longer than ``limit_s``.
        HeatError: If one of them raises what ends a program.
        WorkerDiedError: If one of them ends the process.
    """
    found: tuple[Trace, int] = in_fresh_process(partial(_look, function, items, for_s), limit_s=limit_s)
    return found


def _look(function: Callable[[Any], Any], items: Sequence[Any], for_s: float) -> tuple[Trace, int]:
    recorder = Recorder()
    deadline = wall_ns() + int(for_s * 1e9)
    failures = 0
    begun = chain(items[:1], takewhile(lambda _item: wall_ns() < deadline, islice(items, 1, None)))
    for outcome in SequentialExecutor().stream(function, begun, recorder=recorder, batch_size=1):
        failures += isinstance(outcome, Failure)
    return recorder.trace(), failures
