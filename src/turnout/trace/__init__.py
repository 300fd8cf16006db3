"""What happened: spans, the recorder that keeps them, and questions asked of them."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.trace._meter import ThreadMeter as ThreadMeter
    from turnout.trace._meter import bring_up_to_date as bring_up_to_date
    from turnout.trace._meter import count_running as count_running
    from turnout.trace._recorder import Recorder as Recorder
    from turnout.trace._spans import Span as Span
    from turnout.trace._spans import SpanBatch as SpanBatch
    from turnout.trace._spans import SpanKind as SpanKind
    from turnout.trace._spans import Worker as Worker
    from turnout.trace._trace import Trace as Trace
    from turnout.trace._trace import Waits as Waits
    from turnout.trace._usage import Usage as Usage

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Recorder": "._recorder",
        "ThreadMeter": "._meter",
        "bring_up_to_date": "._meter",
        "count_running": "._meter",
        "Span": "._spans",
        "SpanBatch": "._spans",
        "SpanKind": "._spans",
        "Worker": "._spans",
        "Trace": "._trace",
        "Waits": "._trace",
        "Usage": "._usage",
    },
)
