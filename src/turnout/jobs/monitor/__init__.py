"""Watch thousands of sensors, raise alarms by rules, react, and remember."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.monitor._plan import Plan as Plan
    from turnout.jobs.monitor._replay import Replay as Replay
    from turnout.jobs.monitor._service import Monitor as Monitor
    from turnout.jobs.monitor._setup import read_plan as read_plan
    from turnout.jobs.monitor._setup import recorded_watch as recorded_watch
    from turnout.jobs.monitor._streams import Streams as Streams

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Monitor": "._service",
        "Plan": "._plan",
        "Replay": "._replay",
        "Streams": "._streams",
        "read_plan": "._setup",
        "recorded_watch": "._setup",
    },
)
