"""A monitor that is one of several, each of which looks after some partitions."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from turnout.clock import epoch_ns
from turnout.errors import UsageError
from turnout.jobs.monitor._audience import Audience
from turnout.jobs.monitor._control import answering, locked
from turnout.jobs.monitor._mirror import RECEIVING, Mirror, PartPresentSink, PartTeller, view_of_receiving
from turnout.jobs.monitor._mistyped import refuse_mistyped
from turnout.jobs.monitor._outflow import Outflow
from turnout.jobs.monitor._parts import figures_of_intake, standing_of
from turnout.jobs.monitor._plan import Meeting, Plan
from turnout.jobs.monitor._reacting import Reacting
from turnout.jobs.monitor._recall import answered
from turnout.jobs.monitor._recovery import Recovered
from turnout.jobs.monitor._shared_memory import SharedMemory
from turnout.jobs.monitor._showing import show_in_turn
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor._voice import Voice
from turnout.jobs.monitor.history import identity_of
from turnout.jobs.monitor.notices import Watch
from turnout.jobs.monitor.page import Board, Figures, FolderMemory
from turnout.jobs.monitor.scale import Division, Nats, Part, Receiving, Tenure, Worker, carried_out, together
from turnout.report._words import plural

_EVERY_S = 0.25
_WHOLE = 8  # so many times changes are told, and then all


class ScaledMonitor:
    """Watches its share, until it is told to stop.

    Reactions to the alarms of a partition, and the cooling of its zones, are this process's as long as it owns it.
    History and streams have what this process has seen; the page, which asks the others for theirs, and the last lines
    of a terminal show the whole.

    Args:
        plan: What is watched, and how.
        folder: Where this process keeps its history; no other may use it.
        voice: Tells people what goes on; may be called from any thread.
        meeting: Where the others are.
        now_ns: The time, nanoseconds since 1970.

    Attributes:
        streams: What observers subscribe to.
        board: How everything stands, also what other processes look after.

    Raises:
        UsageError: If there are fewer zones than partitions.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        voice: Voice,
        *,
        meeting: Meeting,
        now_ns: Callable[[], int] = epoch_ns,
    ) -> None:
        if not plan.access.client_id:
            raise UsageError("[mqtt] client_id: monitors that share the work need one, the same for all")
        self._plan, self._folder, self._voice = plan, folder, voice
        self._meeting = meeting
        self._now_ns = now_ns
        self._division = Division(plan.layout, meeting.partitions)
        self._called = f"{socket.gethostname()}:{folder.resolve().name}"
        self._reacting: dict[int, Reacting] = {}
        self._tellers: dict[int, PartTeller] = {}
        self.streams = Streams(plan.layout, voice.warn)
        self.board = Board(plan.layout)

    async def run(self, stopping: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Watch.

        Args:
            stopping: Set it to have an end; what this process looks after is handed over then.
            ready: Called once this process is one of those that share the work.

        Raises:
            ClusterError: If NATS cannot be reached at the start. Later, it is looked for until it is back.
            UsageError: If the folder is in use, or the other monitors watch something else.
        """
        plan, now_ns = self._plan, self._now_ns
        async with AsyncExitStack() as stack:
            stack.enter_context(locked(self._folder))
            meeting = self._meeting
            nats = Nats(
                meeting.url,
                meeting.name,
                tell=self._voice.note,
                user=meeting.user,
                password=meeting.password,
                tls=meeting.tls,
                lease_s=meeting.lease_s,
            )
            await nats.open(self._division.fingerprint, meeting.partitions)
            stack.push_async_callback(nats.close)
            partitions = plural(meeting.partitions, "partition")
            self._voice.note(f"{partitions} to share; each {self._division.unit} is in one of them")
            outflow = stack.enter_context(Outflow(plan, self._folder, self.streams, self._voice, now_ns=now_ns))
            receiving = Receiving(plan, now_ns=now_ns, tell=self._voice.note)
            who = identity_of(self._folder)

            @asynccontextmanager
            async def listen(
                part: Part, recovered: Recovered | None, keep_soon: Callable[[], None]
            ) -> AsyncIterator[_Listener]:
                since_ns = now_ns() if recovered is None else recovered.last_ns
                outflow.stand(since_ns, part.layout.zones, worker.owners[part.number].machine.alarms)
                tenure = Tenure(who=who, called=self._called, since_ns=since_ns)
                await nats.begin_tenure(part.number, tenure.to_bytes())
                async with self._listen(outflow, worker, part, recovered, keep_soon) as listener:
                    yield listener

            worker = Worker(
                nats,
                self._division,
                make_machine=plan.make_watch,
                listen=listen,
                receive=receiving,
                now_ns=now_ns,
                tell=self._voice.note,
            )

            async def act(action: Mapping[str, object]) -> Mapping[str, object]:
                refuse_mistyped(action, plan)
                return await carried_out(nats, action, meeting.partitions)

            async def answer(question: Mapping[str, Any]) -> Mapping[str, object]:  # values of JSON
                match question:
                    case {"do": "status"}:
                        return self._status(worker, receiving, outflow)
                    case {"do": "act", "action": Mapping() as action}:
                        return await act(action)
                    case _:
                        raise UsageError("this monitor does not know how to do that; is it of another version?")

            await stack.enter_async_context(answering(self._folder, answer))
            mirror = Mirror(self.board, self._division.parts, now_ns)
            await nats.look(mirror.take)
            await nats.take_questions(who, partial(answered, FolderMemory(self._folder, plan.layout)))
            memory = SharedMemory(nats, plan.layout, self._division.parts)
            ready()
            await together(
                (
                    worker.run(stopping),
                    self._tell(nats, worker.name, receiving, mirror),
                    show_in_turn(plan, self.board, act, memory, self._voice),
                )
            )

    async def _tell(self, nats: Nats, name: str, receiving: Receiving, mirror: Mirror) -> None:
        """Tell all who show the whole how the parts of this process stand, until it is cancelled."""
        for count in itertools.count():
            views = [
                (str(number), view)
                for number, teller in list(self._tellers.items())
                for view in teller.views(whole=count % _WHOLE == 0)
            ]
            if receiving.inflow is not None:
                views.append(
                    (RECEIVING, view_of_receiving(name, figures_of_intake(receiving.intake, receiving.inflow)))
                )
            for number, view in views:
                with suppress(*nats.troubles):  # what is lost is told again soon
                    await nats.show(number, view.to_bytes())
            mirror.tick()
            await asyncio.sleep(_EVERY_S)

    @asynccontextmanager
    async def _listen(
        self, outflow: Outflow, worker: Worker, part: Part, recovered: Recovered | None, keep_soon: Callable[[], None]
    ) -> AsyncIterator["_Listener"]:
        """React to what happens in a partition, and keep how it stands, as long as this process owns it."""
        access = self._plan.access
        watch = cast("Watch", worker.owners[part.number].machine)  # it is what the plan made
        own = replace(access, client_id=f"{access.client_id}-{worker.name}-{part.number}")

        def note(effect: Mapping[str, object]) -> None:
            del effect  # it is in the next state
            keep_soon()

        async with outflow.reacting(part.layout, own, note, recovered) as reacting:
            await reacting.start()
            self._reacting[part.number] = reacting
            board = Board(part.layout)
            present = PartPresentSink(board, watch, lambda: reacting.zones, lambda: _figures_of(watch, reacting))
            near = Audience((*reacting.sinks, present), self._voice.warn)
            wide = Audience(outflow.sinks(reacting), self._voice.warn)
            self._tellers[part.number] = PartTeller(board, worker.name)
            try:
                yield _Listener(part, reacting, near, wide)
            finally:
                del self._reacting[part.number], self._tellers[part.number]

    def _status(self, worker: Worker, receiving: Receiving, outflow: Outflow) -> Mapping[str, object]:
        standing = standing_of(
            [owner.machine for owner in worker.owners.values()],
            self._reacting.values(),
            receiving.intake,
            self.streams,
        )
        broker = "connected" if receiving.is_connected else "left to another monitor, or looked for"
        history = {"trouble": outflow.scribe.trouble}
        return {**standing, "broker": broker, "partitions": sorted(worker.owners), "history": history, "log": None}


def _figures_of(watch: Watch, reacting: Reacting) -> Figures:
    return Figures(totals={"late": watch.counts.late, "reactions_failed": reacting.failed})


class _Listener:
    """Tells all who want to know of a partition: reactions with its own sensors, the rest with those of the whole."""

    def __init__(self, part: Part, reacting: Reacting, near: Audience, wide: Audience) -> None:
        self._part, self._reacting, self._near, self._wide = part, reacting, near, wide

    def see(self, batch: Batch, now_ns: int) -> None:
        self._near.see(batch, now_ns)
        self._wide.see(self._part.in_whole(batch), now_ns)

    def tell(self, changes: Sequence[Change], now_ns: int) -> None:
        for audience in (self._near, self._wide):
            audience.tell(changes, now_ns)

    def tell_again(self, changes: Sequence[Change], now_ns: int) -> None:
        for audience in (self._near, self._wide):
            audience.tell_again(changes, now_ns)

    def tick(self, now_ns: int) -> None:
        for audience in (self._near, self._wide):
            audience.tick(now_ns)

    def snapshot(self) -> Mapping[str, bytes]:
        return self._reacting.snapshot()
