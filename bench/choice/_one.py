"""Times one run; ``python -m choice._one cpu noops threads 2`` in a process of its own.

The run before it, of no items, loads what turnout loads lazily, and that is all: no thread, no worker and no pilot is
left from it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import turnout
from choice._catalogue import AUTO, workloads_of
from choice._server import stop_servers
from turnout.errors import message_of
from turnout.trace import Trace

Facts = dict[str, Any]  # what JSON can tell


def time_one(function: Callable[[Any], object], items: Iterable[Any], executor: str, workers: int | None) -> Facts:
    """Run the items and tell how long it took, what became of them, and what was chosen.

    Args:
        function: The workload's.
        items: All of them.
        executor: Its name, or ``"auto"``.
        workers: None for the default.
    """
    list(turnout.run(function, (), executor=executor, workers=workers))
    failure = turnout.Failure
    count = failed = 0
    error = ""

    cpu_before_s, began = _cpu_s(), perf_counter()
    run = turnout.run(function, items, executor=executor, workers=workers)
    for outcome in run:
        count += 1
        if type(outcome) is failure:
            failed += 1
            error = error or f"{type(outcome.error).__name__}: {message_of(outcome.error)}"
    wall_s = perf_counter() - began

    cpu_s = _cpu_s() - cpu_before_s
    ready = None if executor == AUTO.executor else ready_workers(run.trace, wall_s)
    return {
        "cpu_s": cpu_s,
        "ready": ready,
        "wall_s": wall_s,
        "count": count,
        "failed": failed,
        "error": error,
        "choice": choice_of(getattr(run, "choice", None)),
    }


def ready_workers(trace: Trace, wall_s: float) -> float | None:
    """Return how many workers were on a core or ready for one, on the average; None where the system does not tell.

    Time spent waiting for a core counts, so that the machine's other work hides little: two threads come to about 1 if
    they hold the GIL, to 2 if they drop it, and to 0 if they wait for something else. On a machine with several times
    more work than cores it overstates the first: who waits for the GIL wakes every 5 ms and then waits for a core.
    """
    used = trace.usage.values()
    ready_ns = [usage.cpu_ns + usage.run_queue_ns for usage in used if usage.run_queue_ns is not None]
    return sum(ready_ns) / 1e9 / wall_s if ready_ns else None


def _cpu_s() -> float:
    """Return the seconds on a core of this process and of the children that it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def choice_of(choice: Any) -> Facts | None:  # a TrackChoice, or nothing: only an automatic run need have one
    """Return what a run chose, in words."""
    if choice is None:
        return None
    return {
        "executor": choice.executor,
        "workers": choice.workers,
        "reasons": [str(reason) for reason in choice.reasons],
        "tracks": [str(track) for track in choice.tracks],
    }


def main() -> None:
    module, name, executor, *workers = sys.argv[1:]
    workload = workloads_of(module)[name]
    try:
        items = workload.items()
        facts = time_one(workload.function, items, executor, int(workers[0]) if workers else None)
    except Exception as error:  # noqa: BLE001  whatever a run raises is a finding
        facts = {"raised": f"{type(error).__name__}: {message_of(error)}"}
    finally:
        stop_servers()
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
