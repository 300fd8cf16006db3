"""The monitor that runs: a broker's messages in, alarms and commands out."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnout.errors import UsageError
from turnout.jobs.monitor._control import answering, locked
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._deeds import deed
from turnout.jobs.monitor._hub import Hub
from turnout.jobs.monitor._inflow import Inflow
from turnout.jobs.monitor._ingest import MOST_UNACKNOWLEDGED, Ingest
from turnout.jobs.monitor._log import LOG_FOLDER
from turnout.jobs.monitor._mistyped import refuse_mistyped
from turnout.jobs.monitor._outflow import Outflow
from turnout.jobs.monitor._parts import Parts, figures_of, status_of
from turnout.jobs.monitor._plan import Plan
from turnout.jobs.monitor._present import PresentSink
from turnout.jobs.monitor._recovery import latest_readings, recover
from turnout.jobs.monitor._showing import showing
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor._timekeeper import Timekeeper
from turnout.jobs.monitor._voice import LogVoice, OddTeller, Voice
from turnout.jobs.monitor.page import Board, FolderMemory
from turnout.mqtt import Subscription

if TYPE_CHECKING:
    from reactivex import Observable

    from turnout.jobs.monitor._types import Change, Reading

_REMIND_S = 0.1
_REMINDERS = 5  # between two ticks of the rules


class Monitor:
    """Watches until it is told to stop.

    Args:
        plan: What is watched, and how.
        folder: Where its state is kept; one monitor at a time may use it.
        voice: Tells people what goes on, from any thread; the log of `logging` if None.
        observers: Entry points of observers; those of installed packages if None.

    Attributes:
        streams: What observers subscribe to.
        board: How everything stands, to be looked at.
    """

    def __init__(
        self,
        plan: Plan,
        folder: str | Path,
        voice: Voice | None = None,
        *,
        observers: Iterable[EntryPoint] | None = None,
    ) -> None:
        self._plan = plan
        self._folder = Path(folder)
        self._voice: Voice = voice or LogVoice()
        self._observers = observers
        self._now_ns: Callable[[], int] = Timekeeper()
        self._trouble: str | None = None
        self.streams = Streams(plan.layout, self._voice.warn)
        self.board = Board(plan.layout)

    @property
    def readings(self) -> "Observable[Reading]":
        """All readings that are kept, as ReactiveX has it; see `Streams`."""
        return self.streams.readings

    @property
    def alarms(self) -> "Observable[Change]":
        """What becomes of alarms, likewise."""
        return self.streams.alarms

    async def run(self, stopping: asyncio.Event | None = None, ready: Callable[[], None] = lambda: None) -> None:
        """Watch.

        Args:
            stopping: Set it to have an end; without one, the task has to be cancelled.
            ready: Called once readings are received.

        Raises:
            BrokerError: If the broker cannot be reached at the start. Later, it is looked for until it is back.
            UsageError: If the folder is in use, or its state is of another layout.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(locked(self._folder))
            parts = await self._begin(stack)
            await stack.enter_async_context(answering(self._folder, lambda question: self._answer(parts, question)))
            ready()
            await self._watch(parts, stopping or asyncio.Event())

    async def _begin(self, stack: AsyncExitStack) -> Parts:
        """Start all parts; the stack ends them, the last one first."""
        plan, warn = self._plan, self._voice.warn
        log_folder = self._folder / LOG_FOLDER
        watch = plan.make_watch(plan.layout)
        recovered = recover(watch, log_folder)
        if recovered is not None:
            self._now_ns = Timekeeper(recovered.last_ns)
            for loss in recovered.losses:
                warn(loss)
        now_ns = self._now_ns

        def note(effect: Mapping[str, object]) -> None:
            core.note_effect(effect, now_ns())

        outflow = stack.enter_context(
            Outflow(plan, self._folder, self.streams, self._voice, now_ns=now_ns, observers=self._observers)
        )
        reacting = await stack.enter_async_context(outflow.reacting(plan.layout, plan.access, note, recovered))
        core = Core(
            watch,
            folder=log_folder,
            about=plan.about,
            now_ns=now_ns,
            others=reacting.snapshot,
            keep_bytes=plan.keep_bytes,
        )
        board = self.board
        present = PresentSink(board, watch, lambda: reacting.zones, lambda: figures_of(parts, self.streams))
        hub = Hub(core, (*reacting.sinks, present, *outflow.sinks(reacting)), warn)
        stack.callback(hub.close)
        stack.push_async_callback(reacting.close)  # before the log has its last state, in which is what is pending
        if recovered is not None:
            hub.tell_again(recovered.changes, now_ns())
            self._voice.note(f"alarms that were active before and still are: {len(watch.alarms):,}")
        await reacting.start()

        ingest = Ingest(
            plan.topics,
            plan.parse,
            recall=lambda: latest_readings(log_folder, MOST_UNACKNOWLEDGED),
            on_odd=OddTeller(warn),
        )
        subscription = Subscription(filter=plan.filter, qos=plan.qos)
        inflow = Inflow(plan.access, subscription, ingest, hub, now_ns=now_ns, tell=self._voice.note)
        parts = Parts(watch=watch, core=core, hub=hub, inflow=inflow, ingest=ingest, reacting=reacting, outflow=outflow)
        memory = FolderMemory(self._folder, plan.layout)
        await stack.enter_async_context(
            showing(plan, board, lambda action: hub.act(action, now_ns()), memory, self._voice)
        )
        await inflow.client.start()
        stack.push_async_callback(inflow.client.stop)
        return parts

    async def _watch(self, parts: Parts, stopping: asyncio.Event) -> None:
        """Let time pass until the end."""
        loop = asyncio.get_running_loop()
        ends = [loop.create_task(stopping.wait()), loop.create_task(parts.inflow.client.wait_closed())]
        due, count = loop.time(), 0
        try:
            while not any(end.done() for end in ends):
                count += 1
                if count % _REMINDERS == 0:
                    parts.hub.tick(self._now_ns())
                    self._look_after(parts)
                else:
                    parts.hub.remind(self._now_ns())
                due = max(due + _REMIND_S, loop.time())
                await asyncio.wait(ends, timeout=due - loop.time(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.wait(ends)
        if not stopping.is_set():
            ends[1].result()

    async def _answer(self, parts: Parts, question: Mapping[str, Any]) -> Mapping[str, object]:  # values of JSON
        """Answer a command; see `answering`."""
        match question:
            case {"do": "status"}:
                return status_of(parts, self.streams)
            case {"do": "act", "action": Mapping() as action}:
                refuse_mistyped(action, self._plan)
                return deed(parts.watch, action, lambda: parts.hub.act(action, self._now_ns()))
            case _:
                raise UsageError("this monitor does not know how to do that; is it of another version?")

    def _look_after(self, parts: Parts) -> None:
        log = parts.core.log
        trouble = None if log is None else log.trouble
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble is None:
                self._voice.note("the log is written again")
            else:
                self._voice.warn(f"the log cannot be written ({trouble}); what comes now would not outlive a crash")
