"""WHAT THE MONITOR DOES: cool zones, publish, post and run programs, each with the readings that caused it."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.monitor.reactions._cooling import Cooling as Cooling
    from turnout.jobs.monitor.reactions._cooling import ZoneCooling as ZoneCooling
    from turnout.jobs.monitor.reactions._deliveries import Deliveries as Deliveries
    from turnout.jobs.monitor.reactions._log import Entry as Entry
    from turnout.jobs.monitor.reactions._log import ReactionLog as ReactionLog
    from turnout.jobs.monitor.reactions._options import CommandReaction as CommandReaction
    from turnout.jobs.monitor.reactions._options import CoolingReaction as CoolingReaction
    from turnout.jobs.monitor.reactions._options import Match as Match
    from turnout.jobs.monitor.reactions._options import MqttReaction as MqttReaction
    from turnout.jobs.monitor.reactions._options import Patience as Patience
    from turnout.jobs.monitor.reactions._options import PidTuning as PidTuning
    from turnout.jobs.monitor.reactions._options import Reaction as Reaction
    from turnout.jobs.monitor.reactions._options import StepTuning as StepTuning
    from turnout.jobs.monitor.reactions._options import WebhookReaction as WebhookReaction

__getattr__, __dir__ = lazy(
    __name__,
    {
        "CommandReaction": "._options",
        "Cooling": "._cooling",
        "CoolingReaction": "._options",
        "Deliveries": "._deliveries",
        "Entry": "._log",
        "Match": "._options",
        "MqttReaction": "._options",
        "Patience": "._options",
        "PidTuning": "._options",
        "Reaction": "._options",
        "ReactionLog": "._log",
        "StepTuning": "._options",
        "WebhookReaction": "._options",
        "ZoneCooling": "._cooling",
    },
)
