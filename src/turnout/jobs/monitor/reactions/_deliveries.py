"""Answers to changes of alarms: each once, in order for each alarm, and after a restart those that were not done."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, TypeAlias

from turnout.errors import TurnoutError
from turnout.jobs.monitor._changes import change_json
from turnout.jobs.monitor._types import Change, Reading
from turnout.jobs.monitor.reactions._log import Entry, Log
from turnout.jobs.monitor.reactions._options import Delivery, Match
from turnout.jobs.monitor.reactions._ways import Publish, Receipts, hand_over
from turnout.jobs.monitor.reactions._webhook import WebhookError

Note: TypeAlias = Callable[[Mapping[str, object]], None]
"""Keeps what became of a delivery, as values of JSON, for `Deliveries.apply` after a restart."""

_AT_ONCE = 8  # of one reaction
_MOST_DONE = 10_000  # names that are remembered, about 1 MB in each state that is kept


@dataclass(slots=True)
class Job:
    """One delivery.

    Attributes:
        name: Of the reaction, the alarm and what became of it: the same after a restart.
        reaction: How.
        change: What, as JSON has it.
        tried: How often it was tried.
    """

    name: str
    reaction: Delivery
    change: Mapping[str, Any]
    tried: int = 0


class Deliveries:
    """Does what reactions ask for, many at once, without holding up whoever hands in changes.

    A delivery is tried until it succeeds, its tries are used up, or another try cannot help. Those of one reaction and
    alarm are done in their order. What is not done when the process ends is done by the next one, from a `snapshot`
    and what was noted since; a receiver may then get it twice, under the same name.

    To go on after a restart: `restore`, `apply` each note, `take` each change again, `start`.

    Args:
        reactions: Which.
        publish: Publishes for `MqttReaction`.
        log: Is told of each delivery.
        note: Keeps what became of one.
        now_ns: The time, nanoseconds since the Unix epoch.
        spread: Returns a number from 0 to 1, by which waiting times are spread.
        most_pending: With so many that are not done, others are given up.

    Attributes:
        topics: What to subscribe to, so that acknowledgements come.
        failed: How many deliveries were given up.
    """

    def __init__(
        self,
        reactions: Sequence[Delivery],
        *,
        publish: Publish,
        log: Log,
        note: Note,
        now_ns: Callable[[], int],
        spread: Callable[[], float] = random.random,
        most_pending: int = 10_000,
    ) -> None:
        self._reactions = {reaction.name: reaction for reaction in reactions}
        self._publish, self._log, self._note, self._now_ns, self._spread = publish, log, note, now_ns, spread
        self._most_pending = most_pending
        self._receipts = Receipts()
        self._pending: dict[str, Job] = {}
        self._done: dict[str, None] = {}  # in the order in which they were done
        self._lanes: dict[tuple[str, str], deque[Job]] = {}
        self._room = {reaction.name: asyncio.Semaphore(_AT_ONCE) for reaction in reactions}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_started = False
        topics = [getattr(reaction, "acknowledged_on", None) for reaction in reactions]
        self.topics = tuple(dict.fromkeys(topic for topic in topics if topic is not None))
        self.failed = 0

    @property
    def pending(self) -> int:
        """How many deliveries are not done."""
        return len(self._pending)

    def take(self, change: Change) -> None:
        """Begin what a change asks for; nothing that was begun or done before."""
        for reaction in self._reactions.values():
            if not _matches(reaction.match, change):
                continue
            name = f"{reaction.name}/{change.alarm.id}/{change.kind.value}/{change.time_ns}"
            if name in self._pending or name in self._done:
                continue
            job = Job(name, reaction, change_json(change))
            if len(self._pending) >= self._most_pending:
                self._settle(job, "failed", {"reason": f"{self._most_pending:,} others wait already"})
            else:
                self._add(job)

    def message(self, topic: str, payload: bytes) -> None:
        """Note a message on one of `topics`."""
        self._receipts.message(topic, payload)

    def start(self) -> None:
        """Begin with what is pending, in a running event loop."""
        self._is_started = True
        for lane in list(self._lanes):
            self._begin(lane)

    async def close(self) -> None:
        """Stop in the midst of it; what is pending stays so, see `snapshot`."""
        self._is_started = False
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def settled(self) -> None:
        """Wait until nothing is pending."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def snapshot(self) -> dict[str, Any]:  # what JSON can hold
        """Return what is pending, and what was done."""
        pending = [[job.name, job.reaction.name, job.change, job.tried] for job in self._pending.values()]
        return {"pending": pending, "done": list(self._done)}

    def restore(self, state: Mapping[str, Any]) -> None:  # as above
        """Go on from a snapshot; what belongs to a reaction that is configured no more is left out."""
        self._done.update(dict.fromkeys(state["done"]))
        for name, reaction, change, tried in state["pending"]:
            if reaction in self._reactions:
                self._add(Job(name, self._reactions[reaction], change, tried))

    def apply(self, noted: Mapping[str, Any]) -> None:  # as above
        """Take in what was noted after the snapshot, before `start`."""
        name = noted["delivery"]
        self._done[name] = None
        job = self._pending.pop(name, None)
        if job is not None:
            self._lanes[_lane(job)].remove(job)

    def _add(self, job: Job) -> None:
        self._pending[job.name] = job
        lane = _lane(job)
        jobs = self._lanes.setdefault(lane, deque())
        jobs.append(job)
        if self._is_started and len(jobs) == 1:
            self._begin(lane)

    def _begin(self, lane: tuple[str, str]) -> None:
        task = asyncio.get_running_loop().create_task(self._work(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: tuple[str, str]) -> None:
        jobs = self._lanes[lane]
        while jobs:
            await self._do(jobs[0])
            jobs.popleft()
        del self._lanes[lane]

    async def _do(self, job: Job) -> None:
        patience, began_ns = job.reaction.patience, self._now_ns()
        while True:
            try:
                async with self._room[job.reaction.name]:
                    job.tried += 1
                    await hand_over(job.reaction, job.name, job.change, self._publish, self._receipts)
            except (TurnoutError, OSError) as error:
                is_last = job.tried >= patience.tries or (isinstance(error, WebhookError) and not error.may_pass)
                if is_last:
                    self._settle(job, "failed", {"reason": str(error)})
                    return
                self._tell(job, "tried", {"reason": str(error)})
            else:
                self._settle(job, "done", {"took_ms": round((self._now_ns() - began_ns) / 1e6, 1)})
                return
            await asyncio.sleep(patience.wait_s(job.tried) * (1 + self._spread()) / 2)

    def _settle(self, job: Job, event: str, details: Mapping[str, Any]) -> None:  # as in Entry
        self.failed += event == "failed"
        self._pending.pop(job.name, None)
        self._done[job.name] = None
        while len(self._done) > _MOST_DONE:
            del self._done[next(iter(self._done))]
        self._note({"delivery": job.name, "event": event})
        self._tell(job, event, details)

    def _tell(self, job: Job, event: str, details: Mapping[str, Any]) -> None:  # as above
        cause = tuple(
            Reading(one["sensor"], nan if one["value"] is None else one["value"], one["time_ns"])
            for one in job.change["cause"]
        )
        told = {"id": job.name, "change": job.change["change"], "rule": job.change["rule"], "tries": job.tried}
        self._log(
            Entry(
                time_ns=self._now_ns(),
                reaction=job.reaction.name,
                subject=job.change["subject"],
                event=event,
                details={**told, **details},
                cause=cause,
            )
        )


def _lane(job: Job) -> tuple[str, str]:
    return (job.reaction.name, job.change["alarm"])


def _matches(match: Match, change: Change) -> bool:
    alarm = change.alarm
    return (
        change.kind.value in match.changes
        and alarm.severity >= match.at_least
        and (not match.rules or alarm.rule in match.rules)
        and (not match.zones or alarm.zone in match.zones)
    )
