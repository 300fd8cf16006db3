"""How work flows: stages, back-pressure, order, retries, time limits, journal and resume."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.pipeline._aside import iterate_in_thread as iterate_in_thread
    from turnout.pipeline._flow import Flow as Flow
    from turnout.pipeline._journal import Journal as Journal
    from turnout.pipeline._journal_progress import JournalFailure as JournalFailure
    from turnout.pipeline._journal_progress import JournalProgress as JournalProgress
    from turnout.pipeline._journal_progress import JournalRun as JournalRun
    from turnout.pipeline._journal_progress import read_progress as read_progress
    from turnout.pipeline._journal_progress import read_stages as read_stages
    from turnout.pipeline._omitted import OMITTED as OMITTED
    from turnout.pipeline._retry import Retry as Retry
    from turnout.pipeline._stages import AUTO as AUTO
    from turnout.pipeline._stages import Pipeline as Pipeline
    from turnout.pipeline._stages import Stage as Stage
    from turnout.pipeline._stages import batch_stage as batch_stage
    from turnout.pipeline._stages import filter_stage as filter_stage
    from turnout.pipeline._stages import flat_stage as flat_stage
    from turnout.pipeline._stages import sink_stage as sink_stage
    from turnout.pipeline._stages import stage as stage
    from turnout.pipeline._status import RunStatus as RunStatus
    from turnout.pipeline._status import StageStatus as StageStatus
    from turnout.pipeline._status import Track as Track
    from turnout.pipeline._status import TrackChoice as TrackChoice

__getattr__, __dir__ = lazy(
    __name__,
    {
        "iterate_in_thread": "._aside",
        "Flow": "._flow",
        "OMITTED": "._omitted",
        "Retry": "._retry",
        "AUTO": "._stages",
        "Pipeline": "._stages",
        "Stage": "._stages",
        "batch_stage": "._stages",
        "filter_stage": "._stages",
        "flat_stage": "._stages",
        "sink_stage": "._stages",
        "stage": "._stages",
        "Journal": "._journal",
        "JournalFailure": "._journal_progress",
        "JournalProgress": "._journal_progress",
        "JournalRun": "._journal_progress",
        "read_progress": "._journal_progress",
        "read_stages": "._journal_progress",
        "RunStatus": "._status",
        "StageStatus": "._status",
        "Track": "._status",
        "TrackChoice": "._status",
    },
)
