"""Put each piece of Python work on the right track.

The data path, which is also the folder layout:

    items -> pipeline, where advise chooses -> executors run workers -> workers record trace spans -> outcomes -> report

    turnout.race(function, items)                     measure the work under every model; returns a report
    turnout.run(function, items)                      do the work on the model that suits it; iterate over the outcomes
    turnout.run(turnout.stage(f) | turnout.stage(g), items)  a pipeline, each stage on a model of its own
    turnout.diagnose(function)                        what bounds a program, or a block, thread by thread
    turnout.download(urls, to="folder")               files, each complete under its name or not there at all
    turnout.crawl(urls, state="folder")               sites into a folder, to be searched
    turnout.executor("processes", workers=2)          a `concurrent.futures.Executor`
    from turnout.events import Emitter                events that wait their turn, handlers that are measured
"""

from turnout._lazy import lazy

TYPE_CHECKING = False  # as type checkers know it; an interrupt while `typing` is loaded would be a traceback
if TYPE_CHECKING:
    from turnout._diagnose import Diagnosing as Diagnosing
    from turnout._diagnose import diagnose as diagnose
    from turnout._race import race as race
    from turnout._run import Run as Run
    from turnout._run import run as run
    from turnout.executors import executor as executor
    from turnout.jobs.crawl import crawl as crawl
    from turnout.jobs.downloading import download as download
    from turnout.outcomes import Failure as Failure
    from turnout.outcomes import Outcome as Outcome
    from turnout.outcomes import Success as Success
    from turnout.pipeline import Pipeline as Pipeline
    from turnout.pipeline import Retry as Retry
    from turnout.pipeline import Stage as Stage
    from turnout.pipeline import batch_stage as batch_stage
    from turnout.pipeline import filter_stage as filter_stage
    from turnout.pipeline import flat_stage as flat_stage
    from turnout.pipeline import sink_stage as sink_stage
    from turnout.pipeline import stage as stage

__getattr__, __dir__ = lazy(
    __name__,
    {
        "crawl": ".jobs.crawl",
        "diagnose": "._diagnose",
        "Diagnosing": "._diagnose",
        "race": "._race",
        "run": "._run",
        "Run": "._run",
        "download": ".jobs.downloading",
        "executor": ".executors",
        "Outcome": ".outcomes",
        "Success": ".outcomes",
        "Failure": ".outcomes",
        "Pipeline": ".pipeline",
        "Retry": ".pipeline",
        "Stage": ".pipeline",
        "batch_stage": ".pipeline",
        "filter_stage": ".pipeline",
        "flat_stage": ".pipeline",
        "sink_stage": ".pipeline",
        "stage": ".pipeline",
    },
)
