"""How the process that has the bridge receives readings, and lets time pass for all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from turnout.jobs.monitor._inflow import Inflow
from turnout.jobs.monitor._ingest import Ingest, Intake
from turnout.jobs.monitor._plan import Plan
from turnout.jobs.monitor.scale._bridge import Bridge
from turnout.jobs.monitor.scale._together import together
from turnout.mqtt import Subscription

_TICK_S = 0.5


class Receiving:
    """Receives what a plan subscribes to.

    The session of MQTT is the same for all processes: who takes over gets what was not acknowledged.

    Args:
        plan: What is watched.
        now_ns: The time.
        tell: Called with what becomes of the connection.
        on_odd: As in `Ingest`.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        now_ns: Callable[[], int],
        tell: Callable[[str], None],
        on_odd: Callable[[str, str, str], None] | None = None,
    ) -> None:
        self._plan, self._now_ns, self._tell, self._on_odd = plan, now_ns, tell, on_odd
        self._inflow: Inflow | None = None
        self.intake = Intake()
        """What came to this process, in numbers, since it receives."""

    async def __call__(self, bridge: Bridge, ending: asyncio.Event) -> None:
        """Hand readings to the bridge, and time, until ``ending`` is set."""
        plan, remembered = self._plan, await bridge.remembered()
        ingest = Ingest(plan.topics, plan.parse, recall=lambda: remembered, on_odd=self._on_odd)
        subscription = Subscription(filter=plan.filter, qos=plan.qos)
        inflow = Inflow(plan.access, subscription, ingest, bridge, now_ns=self._now_ns, tell=self._tell)
        await inflow.client.start(is_patient=True)
        self.intake, self._inflow = ingest.intake, inflow
        try:
            await together((inflow.client.wait_closed(), self._tick(bridge, ending)))
        finally:
            self._inflow = None
            await inflow.client.stop()

    @property
    def is_connected(self) -> bool:
        """Whether this process is the one that receives, and does."""
        return self._inflow is not None and self._inflow.client.is_connected

    @property
    def inflow(self) -> Inflow | None:
        """What it receives with; None while another process does."""
        return self._inflow

    async def _tick(self, bridge: Bridge, ending: asyncio.Event) -> None:
        while not ending.is_set():
            bridge.tick(self._now_ns())
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), _TICK_S)
