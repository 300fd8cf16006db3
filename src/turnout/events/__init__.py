"""Events that queue and handlers that explain themselves."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.events._asyncio import AsyncioLoop as AsyncioLoop
    from turnout.events._emitter import Emitter as Emitter
    from turnout.events._histogram import Histogram as Histogram
    from turnout.events._kinds import HandlerFailed as HandlerFailed
    from turnout.events._kinds import LoopBlocked as LoopBlocked
    from turnout.events._kinds import Named as Named
    from turnout.events._loop import Loop as Loop
    from turnout.events._offload import OffloadDone as OffloadDone
    from turnout.events._offload import Offloaded as Offloaded
    from turnout.events._offload import offload as offload
    from turnout.events._recording import Recording as Recording
    from turnout.events._replay import RecordedEvent as RecordedEvent
    from turnout.events._replay import Replayed as Replayed
    from turnout.events._replay import read_recording as read_recording
    from turnout.events._replay import replay as replay
    from turnout.events._stats import Block as Block
    from turnout.events._stats import EmitterStats as EmitterStats
    from turnout.events._stats import Handled as Handled
    from turnout.events._stats import HandlerStats as HandlerStats
    from turnout.events._stats import KindStats as KindStats
    from turnout.events._stats import LagStats as LagStats
    from turnout.events._stats import SlowCall as SlowCall
    from turnout.events._subscription import Subscription as Subscription
    from turnout.events._thread import ThreadLoop as ThreadLoop
    from turnout.events._tk import TkLoop as TkLoop

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AsyncioLoop": "._asyncio",
        "Emitter": "._emitter",
        "Histogram": "._histogram",
        "HandlerFailed": "._kinds",
        "LoopBlocked": "._kinds",
        "Named": "._kinds",
        "Loop": "._loop",
        "offload": "._offload",
        "OffloadDone": "._offload",
        "Offloaded": "._offload",
        "Recording": "._recording",
        "RecordedEvent": "._replay",
        "Replayed": "._replay",
        "read_recording": "._replay",
        "replay": "._replay",
        "Block": "._stats",
        "EmitterStats": "._stats",
        "Handled": "._stats",
        "HandlerStats": "._stats",
        "KindStats": "._stats",
        "LagStats": "._stats",
        "SlowCall": "._stats",
        "Subscription": "._subscription",
        "ThreadLoop": "._thread",
        "TkLoop": "._tk",
    },
)
