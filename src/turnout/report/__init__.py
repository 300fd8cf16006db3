"""What you see: pure renderers of a race, of a run, of a diagnosed program and of an emitter."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.report._bottleneck import find_bottleneck as find_bottleneck
    from turnout.report._chrome import render_chrome_trace as render_chrome_trace
    from turnout.report._diagnosis_types import DiagnosisReport as DiagnosisReport
    from turnout.report._events_types import CallLane as CallLane
    from turnout.report._events_types import EventsReport as EventsReport
    from turnout.report._events_types import HandlerRow as HandlerRow
    from turnout.report._events_types import KindRow as KindRow
    from turnout.report._events_types import LoopRow as LoopRow
    from turnout.report._events_types import SlowRow as SlowRow
    from turnout.report._html import render_html as render_html
    from turnout.report._json import render_json as render_json
    from turnout.report._run_types import Bottleneck as Bottleneck
    from turnout.report._run_types import FailedItem as FailedItem
    from turnout.report._run_types import RunReport as RunReport
    from turnout.report._terminal import render_text as render_text
    from turnout.report._types import RaceReport as RaceReport
    from turnout.report._verdict import verdict as verdict
    from turnout.report._words import plain as plain

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Bottleneck": "._run_types",
        "DiagnosisReport": "._diagnosis_types",
        "FailedItem": "._run_types",
        "SlowRow": "._events_types",
        "LoopRow": "._events_types",
        "KindRow": "._events_types",
        "HandlerRow": "._events_types",
        "EventsReport": "._events_types",
        "CallLane": "._events_types",
        "RaceReport": "._types",
        "RunReport": "._run_types",
        "find_bottleneck": "._bottleneck",
        "plain": "._words",
        "render_chrome_trace": "._chrome",
        "render_html": "._html",
        "render_json": "._json",
        "render_text": "._terminal",
        "verdict": "._verdict",
    },
)
