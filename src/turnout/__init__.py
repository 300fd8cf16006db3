"""Put each piece of Python work on the right track.

The data path, which is also the folder layout:

    items -> advise chooses -> executors run workers -> workers record trace spans -> outcomes -> report

    turnout.race(function, items)                     measure the work under every model; returns a report
    turnout.run(function, items, executor="threads")  do the work; iterate over the outcomes
    turnout.executor("processes", workers=2)          a `concurrent.futures.Executor`
"""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout._race import race as race
    from turnout._run import Run as Run
    from turnout._run import run as run
    from turnout.executors import executor as executor
    from turnout.outcomes import Failure as Failure
    from turnout.outcomes import Outcome as Outcome
    from turnout.outcomes import Success as Success

__getattr__, __dir__ = lazy(
    __name__,
    {
        "race": "._race",
        "run": "._run",
        "Run": "._run",
        "executor": ".executors",
        "Outcome": ".outcomes",
        "Success": ".outcomes",
        "Failure": ".outcomes",
    },
)
