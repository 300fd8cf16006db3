"""What a subinterpreter does: the same as a worker process, called instead of written to."""

import pickle
from contextvars import copy_context
from typing import Any

from turnout.executors._context import adopt_context
from turnout.executors._pickling import dumps_back, pack_error
from turnout.executors._worker import Marks, loaded_call, packed_results, run_batch

_state: dict[str, Any] = {}  # of this interpreter


def prepare(payload: bytes, context: bytes = b"") -> None:
    """Keep the pickled function that will be called, and the packed context that it will see."""
    _state["context"] = copy_context()  # kept, since each call from outside begins with a context of its own
    if context:
        _state["context"].run(adopt_context, context)
    _state["function"], _state["close"] = loaded_call(payload)


def run(payload: bytes, fine_cpu: bool) -> bytes:  # noqa: FBT001  an interpreter is called by position
    """Run the pickled items.

    Returns:
        Pickled times (start, CPU time, ends, CPU times) and results; None and an error if the items don't load.
    """
    try:
        items = pickle.loads(payload)
    except Exception as error:  # noqa: BLE001  loading runs the objects' own code, which may raise anything
        return pickle.dumps((None, pack_error(error)))
    marks = Marks(len(items))
    values, failures = _state["context"].run(run_batch, _state["function"], items, marks, fine_cpu=fine_cpu)
    result = packed_results(values, failures)
    return pickle.dumps(((marks.start_ns, marks.cpu_ns, marks.ends.tobytes(), marks.cpus.tobytes()), result))


def call(payload: bytes) -> tuple[bool, bytes]:
    """Make a pickled call; return whether it failed, and the pickled result or packed error."""
    try:
        return False, dumps_back(pickle.loads(payload)(), lambda: "the result of the call")
    except BaseException as error:  # noqa: BLE001  whatever a call raises is its outcome
        return True, pickle.dumps(pack_error(error))


def finish() -> None:
    """Close the event loop, if there is one."""
    _state["close"]()
