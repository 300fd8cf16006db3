"""Events that queue and handlers that explain themselves."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.events._emitter import Emitter as Emitter
    from turnout.events._histogram import Histogram as Histogram
    from turnout.events._kinds import HandlerFailed as HandlerFailed
    from turnout.events._kinds import Named as Named
    from turnout.events._stats import EmitterStats as EmitterStats
    from turnout.events._stats import Handled as Handled
    from turnout.events._stats import HandlerStats as HandlerStats
    from turnout.events._stats import KindStats as KindStats
    from turnout.events._stats import SlowCall as SlowCall
    from turnout.events._subscription import Subscription as Subscription

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Emitter": "._emitter",
        "Histogram": "._histogram",
        "HandlerFailed": "._kinds",
        "Named": "._kinds",
        "EmitterStats": "._stats",
        "Handled": "._stats",
        "HandlerStats": "._stats",
        "KindStats": "._stats",
        "SlowCall": "._stats",
        "Subscription": "._subscription",
    },
)
