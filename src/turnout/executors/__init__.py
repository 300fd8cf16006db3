"""How it runs: one module for each model, one contract for all."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.executors._batches import Reply as Reply
    from turnout.executors._catalogue import EXECUTORS as EXECUTORS
    from turnout.executors._catalogue import executor as executor
    from turnout.executors._catalogue import executor_class as executor_class
    from turnout.executors._catalogue import why_unavailable as why_unavailable
    from turnout.executors._contract import Capabilities as Capabilities
    from turnout.executors._contract import Executor as Executor
    from turnout.executors._contract import function_name as function_name
    from turnout.executors._contract import is_coroutine_function as is_coroutine_function
    from turnout.executors._pickling import dumps as dumps
    from turnout.executors._process_crew import ProcessCrew as ProcessCrew
    from turnout.executors._stream import outcomes_of as outcomes_of
    from turnout.executors._stream import values_of as values_of
    from turnout.executors.coroutines import AsyncioExecutor as AsyncioExecutor
    from turnout.executors.interpreters import InterpreterExecutor as InterpreterExecutor
    from turnout.executors.processes import ProcessExecutor as ProcessExecutor
    from turnout.executors.sequential import SequentialExecutor as SequentialExecutor
    from turnout.executors.threads import ThreadExecutor as ThreadExecutor

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Reply": "._batches",
        "ProcessCrew": "._process_crew",
        "outcomes_of": "._stream",
        "values_of": "._stream",
        "EXECUTORS": "._catalogue",
        "executor": "._catalogue",
        "executor_class": "._catalogue",
        "why_unavailable": "._catalogue",
        "Capabilities": "._contract",
        "Executor": "._contract",
        "function_name": "._contract",
        "is_coroutine_function": "._contract",
        "dumps": "._pickling",
        "SequentialExecutor": ".sequential",
        "ThreadExecutor": ".threads",
        "ProcessExecutor": ".processes",
        "AsyncioExecutor": ".coroutines",
        "InterpreterExecutor": ".interpreters",
    },
)
