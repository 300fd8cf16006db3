"""All reactions of a monitor: how they are told, kept and gone on with."""

import json
from collections.abc import Callable, Mapping, Sequence

from turnout.jobs.monitor._commands import Commands
from turnout.jobs.monitor._recovery import Recovered
from turnout.jobs.monitor._sinks import CoolingSink, DeliverySink
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.reactions import Cooling, CoolingReaction, Deliveries, Entry, Reaction, ZoneCooling

_NAME = "reactions"


class Reacting:
    """Cools, publishes, posts and runs programs.

    Args:
        layout: Where the sensors are.
        reactions: What is asked for.
        commands: Where commands go out.
        log: Is told of each reaction.
        note: Keeps that something was done.
        now_ns: The time.

    Attributes:
        sinks: What the hub tells.
    """

    def __init__(
        self,
        layout: Layout,
        reactions: Sequence[Reaction],
        commands: Commands,
        *,
        log: Callable[[Entry], None],
        note: Callable[[Mapping[str, object]], None],
        now_ns: Callable[[], int],
    ) -> None:
        self._commands = commands
        self._now_ns = now_ns
        self._coolings = {
            reaction.name: Cooling(layout, reaction, send=commands.send, log=log, now_ns=now_ns())
            for reaction in reactions
            if isinstance(reaction, CoolingReaction)
        }
        self._deliveries = Deliveries(
            [reaction for reaction in reactions if not isinstance(reaction, CoolingReaction)],
            publish=commands.publish,
            log=log,
            note=note,
            now_ns=now_ns,
        )
        self.sinks = (*map(CoolingSink, self._coolings.values()), DeliverySink(self._deliveries))

    @property
    def zones(self) -> tuple[ZoneCooling, ...]:
        """How zones are cooled now."""
        return tuple(zone for cooling in self._coolings.values() for zone in cooling.zones)

    @property
    def pending(self) -> int:
        """How many deliveries are not done."""
        return self._deliveries.pending

    @property
    def failed(self) -> int:
        """How many deliveries were given up."""
        return self._deliveries.failed

    def snapshot(self) -> Mapping[str, bytes]:
        """Return what is kept with a state of the core."""
        coolings = {name: cooling.snapshot() for name, cooling in self._coolings.items()}
        return {_NAME: json.dumps({"cooling": coolings, "deliveries": self._deliveries.snapshot()}).encode()}

    def restore(self, recovered: Recovered) -> None:
        """Go on from a state, and from what was done since."""
        kept = json.loads(recovered.others.get(_NAME, b"{}"))
        for name, state in kept.get("cooling", {}).items():
            if name in self._coolings:
                self._coolings[name].restore(state, recovered.active)
        if "deliveries" in kept:
            self._deliveries.restore(kept["deliveries"])
        for effect in recovered.effects:
            self._deliveries.apply(effect)

    async def start(self) -> None:
        """Listen for acknowledgements, and go on with what is pending.

        Raises:
            BrokerError: If the broker refuses.
        """
        states = [topic for cooling in self._coolings.values() for topic in cooling.state_topics]
        await self._commands.listen((*states, *self._deliveries.topics), self._hear)
        self._deliveries.start()

    async def close(self) -> None:
        """Stop in the midst of it; what is pending is in the next snapshot."""
        await self._deliveries.close()

    def _hear(self, topic: str, payload: bytes) -> None:
        for cooling in self._coolings.values():
            cooling.message(topic, payload, self._now_ns())
        self._deliveries.message(topic, payload)
