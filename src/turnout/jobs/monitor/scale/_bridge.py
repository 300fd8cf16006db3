"""From MQTT into streams: each reading becomes part of a move of the part that its sensor belongs to.

One process at a time does this. All use one MQTT session, so that the next one gets what this one has not acknowledged,
and a message is acknowledged once its readings are in their streams.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from turnout.jobs.monitor._log import Kind, Record
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._packing import pack, unpack
from turnout.jobs.monitor._types import Batch
from turnout.jobs.monitor.scale._lease import Lease
from turnout.jobs.monitor.scale._nats import Nats
from turnout.jobs.monitor.scale._parts import Division
from turnout.jobs.monitor.scale._together import together

_AT_ONCE = 20_000  # readings of a move: at most 400 kB, of the 1 MB that a message of NATS may have
_RETRY_S = 0.2
_REMEMBERED = 2_000  # moves, whose readings are compared with those that come again


@dataclass(slots=True)
class _Delivery:
    """Readings that came together, and in how many parts they still wait."""

    waiting: int
    settle: Callable[[], None]

    def settled(self) -> None:
        self.waiting -= 1
        if self.waiting == 0:
            self.settle()


class Bridge:
    """Writes the moves of all parts, those of each part one after the other; what comes meanwhile goes together.

    Args:
        nats: Where the streams are.
        lease: The right to write them.
        division: Which sensors are whose.
        now_ns: The time.
    """

    def __init__(self, nats: Nats, lease: Lease, division: Division, *, now_ns: Callable[[], int]) -> None:
        self._nats, self._lease, self._division, self._now_ns = nats, lease, division, now_ns
        self._writers = [_Writer(nats, lease, part.number) for part in division.parts]

    async def remembered(self) -> list[Batch]:
        """Return the last readings of all parts, as sensors of the whole layout."""
        batches = []
        for part in self._division.parts:
            last = await self._nats.last_move(part.number)
            moves = self._nats.moves(part.number, last.sequence - _REMEMBERED * len(self._division.parts))
            at = 0
            while at < last.sequence:
                found = await moves.read(1.0)
                if not found:
                    break
                at = found[-1][0]
                feeds = (record for _, record in found if record.kind is Kind.FEED)
                batches += [part.in_whole(unpack(record.body)) for record in feeds]
            await moves.close()
        return batches

    def take(self, batch: Batch, now_ns: int, settle: Callable[[], None] = lambda: None) -> None:
        """Take readings.

        Args:
            batch: What came.
            now_ns: The time.
            settle: Called when they are in their streams.
        """
        split = self._division.split(batch)
        if not split:
            settle()
            return
        delivery = _Delivery(len(split), settle)
        for number, share in split:
            self._writers[number].feed(share, now_ns, delivery.settled)

    def tick(self, now_ns: int) -> None:
        """Let time pass for all parts."""
        for writer in self._writers:
            writer.add(Record(Kind.TICK, now_ns, b""))

    def act(self, content: bytes) -> None:
        """Let all parts do what somebody asked for; those that it is not about ignore it."""
        record = Record(Kind.ACTION, self._now_ns(), content)  # at one time: a silence is called by it
        for writer in self._writers:
            writer.add(record)

    async def run(self) -> None:
        """Write until it is cancelled.

        Raises:
            TakenOverError: If another process does it.
        """
        await together(writer.run() for writer in self._writers)


@dataclass(slots=True)
class _Feed:
    """Readings of a move that is not written yet."""

    shares: list[Batch]
    settled: list[Callable[[], None]]
    size: int
    at_ns: int

    def to_record(self) -> Record:
        """Return them as one move."""
        batch = Batch(
            sensors=np.concatenate([share.sensors for share in self.shares]),
            values=np.concatenate([share.values for share in self.shares]),
            times_ns=np.concatenate([share.times_ns for share in self.shares]),
        )
        return Record(Kind.FEED, self.at_ns, pack(batch))


class _Writer:
    """Writes the moves of one part."""

    def __init__(self, nats: Nats, lease: Lease, part: int) -> None:
        self._nats, self._lease, self._part = nats, lease, part
        self._waiting: deque[_Feed | Record] = deque()
        self._has_some = asyncio.Event()

    def feed(self, share: Batch, now_ns: int, settled: Callable[[], None]) -> None:
        """Write readings, with others that wait."""
        last = self._waiting[-1] if self._waiting else None
        if not isinstance(last, _Feed) or last.size + len(share) > _AT_ONCE:
            last = _Feed([], [], 0, now_ns)
            self._waiting.append(last)
        last.shares.append(share)
        last.settled.append(settled)
        last.size += len(share)
        last.at_ns = now_ns
        self._has_some.set()

    def add(self, record: Record) -> None:
        """Write a move; a tick takes the place of one that it follows and that still waits."""
        last = self._waiting[-1] if self._waiting else None
        if isinstance(last, Record) and last.kind is record.kind is Kind.TICK:
            self._waiting.pop()
        self._waiting.append(record)
        self._has_some.set()

    async def run(self) -> None:
        """Write until it is cancelled."""
        after, count = None, 0
        while True:
            await self._has_some.wait()
            self._has_some.clear()
            while self._waiting:
                waiting = self._waiting.popleft()
                count += 1
                record = waiting if isinstance(waiting, Record) else waiting.to_record()
                after = await self._put(record, f"{self._lease.term}.{self._part}.{count}", after)
                if not isinstance(waiting, Record):
                    for settled in waiting.settled:
                        settled()

    async def _put(self, record: Record, message_id: str, after: int | None) -> int:
        while True:
            self._lease.check()
            try:
                if after is None:
                    after = (await self._nats.last_move(self._part)).sequence
                return await self._nats.put_move(self._part, record, message_id=message_id, after=after)
            except self._nats.troubles:
                await asyncio.sleep(_RETRY_S)  # the name of the message keeps it from being written twice
