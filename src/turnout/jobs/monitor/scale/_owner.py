"""One part of the sensors, looked after by this process for as long as it has the lease.

    state after move 700 ──► moves 701, 702, ... ──► machine ──► changes: put, then told
                                                        │
                                                        └──► a state, now and then

Changes are put into their stream before anyone acts on them. The next owner reads there which move's changes were the
last: it makes the same moves from the last state on, and what it finds up to that move has been put already. That is
told only to those who know whether they have heard it, as after a restart.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from turnout.errors import UsageError
from turnout.jobs.monitor._changes import change_line
from turnout.jobs.monitor._core import Machine, Standing
from turnout.jobs.monitor._log import Kind, Record
from turnout.jobs.monitor._packing import unpack
from turnout.jobs.monitor._recovery import Recovered, apply
from turnout.jobs.monitor._types import Batch, Change, Layout
from turnout.jobs.monitor.scale._asking import act_and_answer
from turnout.jobs.monitor.scale._lease import Lease
from turnout.jobs.monitor.scale._nats import Last, Nats
from turnout.jobs.monitor.scale._parts import Part

_T = TypeVar("_T")
_WAIT_S = 0.5
_RETRY_S = 0.2
_STATE_S = 5.0
_SOON_S = 0.25  # after a reaction was noted: until then it may be done again by the next owner


class Listener(Protocol):
    """What is done about a part's readings and changes, for as long as this process owns it."""

    def see(self, batch: Batch, now_ns: int) -> None:
        """Take readings, with sensors of the part's layout."""
        ...

    def tell(self, changes: Sequence[Change], now_ns: int) -> None:
        """Take changes that nobody was told of."""
        ...

    def tell_again(self, changes: Sequence[Change], now_ns: int) -> None:
        """Take changes that the owner before may have acted on."""
        ...

    def tick(self, now_ns: int) -> None:
        """Do what is due."""
        ...

    def snapshot(self) -> Mapping[str, bytes]:
        """Return what is kept with a state."""
        ...


Listen = Callable[[Part, Recovered | None, Callable[[], None]], AbstractAsyncContextManager[Listener]]
"""Makes the listener of a part; its last argument is to be called whenever a state should be kept soon."""


@dataclass(slots=True)
class _Standing:
    """How far the part is: the last move that was made, its time, and the last changes that were put."""

    move: int = 0
    at_ns: int = 0
    told: Last = field(default_factory=Last)


class Owner:
    """Looks after one part.

    Args:
        nats: Where moves come from and changes go.
        lease: The right to do so.
        part: Which.
        make_machine: Makes the rules anew, for a layout.
        listen: What is done about it.
        now_ns: The time.
    """

    def __init__(
        self,
        nats: Nats,
        lease: Lease,
        part: Part,
        *,
        make_machine: Callable[[Layout], Machine],
        listen: Listen,
        now_ns: Callable[[], int],
    ) -> None:
        self._nats, self._lease, self._part = nats, lease, part
        self._listen, self._now_ns = listen, now_ns
        self._loop = asyncio.get_running_loop()
        self._at = _Standing()
        self._kept_move = self._kept_before = 0
        self._due_s = self._loop.time() + _STATE_S
        self.machine = make_machine(part.layout)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look after the part until ``stopping`` is set; then its state is kept, so that the next owner is quick.

        Raises:
            TakenOverError: If the lease is lost; nothing is told then that the next owner does not tell.
            UsageError: If the state or a move cannot be understood.
        """
        recovered = await self._recover()
        async with self._listen(self._part, recovered, self._keep_soon) as listener:
            moves = self._nats.moves(self._part.number, self._at.move + 1)
            try:
                while not stopping.is_set():
                    self._lease.check()
                    for number, record in await moves.read(_WAIT_S):
                        await self._make(number, record, listener)
                        if stopping.is_set():
                            break
                    listener.tick(self._now_ns())
                    if self._loop.time() >= self._due_s:
                        await self._keep(listener)
                await self._keep(listener)
            finally:
                await moves.close()

    async def _recover(self) -> Recovered | None:
        """Go on from the last state."""
        content = await self._trying(lambda: self._nats.state(self._part.number))
        self._at.told = await self._trying(lambda: self._nats.last_changes(self._part.number))
        if content is None:
            return None
        head, _, rest = content.partition(b"\n")
        try:
            kept = json.loads(head)
            self._at.move = self._kept_move = int(kept["move"])
            self._at.at_ns = int(kept.get("at_ns", 0)) or self._now_ns()
            standing = Standing.from_bytes(rest)
            self.machine.restore(standing.machine)
        except (ValueError, KeyError) as error:
            raise UsageError(f"the state of partition {self._part.number} cannot be gone on with: {error}") from None
        active = frozenset(alarm.id for alarm in self.machine.alarms)
        return Recovered(changes=(), others=standing.others, effects=(), active=active, last_ns=self._at.at_ns)

    async def _make(self, number: int, record: Record, listener: Listener) -> None:
        """Make one move, and tell what follows."""
        if record.kind is Kind.ACTION:
            changes: Sequence[Change] = await act_and_answer(self._nats, self._part.number, self.machine, record)
        else:
            changes = apply(self.machine, record)
        self._at.move, self._at.at_ns = number, record.at_ns
        if record.kind is Kind.FEED:
            listener.see(unpack(record.body), record.at_ns)
        if not changes:
            return
        if number <= self._at.told.move:
            listener.tell_again(changes, self._now_ns())
            return
        content = "".join(change_line(change) + "\n" for change in changes).encode()
        await self._put(content)
        listener.tell(changes, self._now_ns())

    async def _put(self, content: bytes) -> None:
        number, told = self._at.move, self._at.told

        async def put() -> int:
            self._lease.check()
            return await self._nats.put_changes(
                self._part.number, content, move=number, message_id=f"{self._lease.term}.{number}", after=told.sequence
            )

        self._at.told = Last(sequence=await self._trying(put), move=number)

    async def _keep(self, listener: Listener) -> None:
        """Keep a state, and forget the moves that no later owner needs."""
        self._due_s = self._loop.time() + _STATE_S
        standing = Standing(machine=self.machine.snapshot(), others=listener.snapshot())
        move = self._at.move
        self._lease.check()
        try:
            content = json.dumps({"move": move, "at_ns": self._at.at_ns}).encode() + b"\n" + standing.to_bytes()
            await self._nats.keep_state(self._part.number, content)
            # those since the state before are left, for a bridge that begins to compare with what comes again
            if self._kept_before:
                await self._nats.forget_moves(self._part.number, self._kept_before)
        except self._nats.troubles:
            return  # another time
        self._kept_before, self._kept_move = self._kept_move, move

    def _keep_soon(self) -> None:
        self._due_s = min(self._due_s, self._loop.time() + _SOON_S)

    async def _trying(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        while True:
            self._lease.check()
            try:
                return await attempt()
            except self._nats.troubles:
                await asyncio.sleep(_RETRY_S)
