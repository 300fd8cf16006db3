"""How it runs: one module for each model, one contract for all."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.executors._batches import Batch as Batch
    from turnout.executors._batches import BatchSize as BatchSize
    from turnout.executors._batches import Feed as Feed
    from turnout.executors._batches import Reply as Reply
    from turnout.executors._batches import feed as feed
    from turnout.executors._catalogue import EXECUTORS as EXECUTORS
    from turnout.executors._catalogue import executor as executor
    from turnout.executors._catalogue import executor_class as executor_class
    from turnout.executors._catalogue import why_unavailable as why_unavailable
    from turnout.executors._contract import Capabilities as Capabilities
    from turnout.executors._contract import Executor as Executor
    from turnout.executors._contract import checked_workers as checked_workers
    from turnout.executors._contract import function_name as function_name
    from turnout.executors._contract import is_coroutine_function as is_coroutine_function
    from turnout.executors._forkable import harmless as harmless
    from turnout.executors._forkable import is_one_python_thread as is_one_python_thread
    from turnout.executors._forkable import may_fork as may_fork
    from turnout.executors._forkable import native_threads_end_at_fork as native_threads_end_at_fork
    from turnout.executors._forkable import settle as settle
    from turnout.executors._forkable import thread_count as thread_count
    from turnout.executors._intake import Intake as Intake
    from turnout.executors._launch import Sleeper as Sleeper
    from turnout.executors._launch import choose_start_method as choose_start_method
    from turnout.executors._limits import WAITING_LIMIT as WAITING_LIMIT
    from turnout.executors._pickling import dumps as dumps
    from turnout.executors._process_crew import ProcessCrew as ProcessCrew
    from turnout.executors._said import Said as Said
    from turnout.executors._serve import Inherited as Inherited
    from turnout.executors._stream import Crew as Crew
    from turnout.executors._stream import outcomes_of as outcomes_of
    from turnout.executors._stream import salvage_of as salvage_of
    from turnout.executors._stream import shortage_of as shortage_of
    from turnout.executors._stream import stream as stream
    from turnout.executors._stream import values_of as values_of
    from turnout.executors.coroutines import AsyncioExecutor as AsyncioExecutor
    from turnout.executors.dask import DaskExecutor as DaskExecutor
    from turnout.executors.interpreters import InterpreterExecutor as InterpreterExecutor
    from turnout.executors.processes import ProcessExecutor as ProcessExecutor
    from turnout.executors.sequential import SequentialExecutor as SequentialExecutor
    from turnout.executors.threads import ThreadCrew as ThreadCrew
    from turnout.executors.threads import ThreadExecutor as ThreadExecutor

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Batch": "._batches",
        "BatchSize": "._batches",
        "Feed": "._batches",
        "Reply": "._batches",
        "feed": "._batches",
        "checked_workers": "._contract",
        "choose_start_method": "._launch",
        "harmless": "._forkable",
        "is_one_python_thread": "._forkable",
        "may_fork": "._forkable",
        "native_threads_end_at_fork": "._forkable",
        "settle": "._forkable",
        "thread_count": "._forkable",
        "Sleeper": "._launch",
        "Inherited": "._serve",
        "Crew": "._stream",
        "Intake": "._intake",
        "salvage_of": "._stream",
        "shortage_of": "._stream",
        "stream": "._stream",
        "ProcessCrew": "._process_crew",
        "Said": "._said",
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
        "WAITING_LIMIT": "._limits",
        "dumps": "._pickling",
        "SequentialExecutor": ".sequential",
        "ThreadCrew": ".threads",
        "ThreadExecutor": ".threads",
        "ProcessExecutor": ".processes",
        "AsyncioExecutor": ".coroutines",
        "InterpreterExecutor": ".interpreters",
        "DaskExecutor": ".dask",
    },
)
