"""What a subinterpreter does: the same as a worker process, called instead of written to."""

import pickle
from typing import Any

from turnout.executors._worker import Marks, loaded_call, packed_results, run_batch

_state: dict[str, Any] = {}  # of this interpreter


def prepare(payload: bytes) -> None:
    """Keep the pickled function that will be called."""
    _state["function"], _state["close"] = loaded_call(payload)


def run(payload: bytes, fine_cpu: bool) -> bytes:  # noqa: FBT001  an interpreter is called by position
    """Run the pickled items and return start, CPU time, ends, CPU times, and results, pickled."""
    items = pickle.loads(payload)
    marks = Marks(len(items))
    values, failures = run_batch(_state["function"], items, marks, fine_cpu=fine_cpu)
    result = packed_results(values, failures)
    return pickle.dumps((marks.start_ns, marks.cpu_ns, marks.ends.tobytes(), marks.cpus.tobytes(), result))


def finish() -> None:
    """Close the event loop, if there is one."""
    _state["close"]()
