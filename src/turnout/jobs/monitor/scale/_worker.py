"""One of several processes that look after the parts together."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from turnout.errors import BrokerError, ClusterError
from turnout.jobs.monitor._core import Machine
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.scale._bridge import Bridge
from turnout.jobs.monitor.scale._lease import Lease
from turnout.jobs.monitor.scale._nats import Nats, TakenOverError
from turnout.jobs.monitor.scale._owner import Listen, Owner
from turnout.jobs.monitor.scale._parts import Division
from turnout.jobs.monitor.scale._together import end, together

_BRIDGE = "bridge"
_MEMBER = "member."
_PART = "part."
_GOODBYE_S = 0.3
_LOOKS = 3  # for what is free, in the time that a lease lasts

Receive = Callable[[Bridge, asyncio.Event], Coroutine[Any, Any, None]]
"""Hands readings to a bridge until the event is set, and lets time pass."""


class Worker:
    """Takes its share of the parts, and of those of a process that died; and receives readings if nobody else does.

    Args:
        nats: Where the processes meet; it is open.
        division: What there is to look after.
        make_machine: Makes the rules anew, for the layout of a part.
        listen: What is done about a part.
        receive: Where readings come from.
        now_ns: The time.
        tell: Called with what this process takes and gives up.
    """

    def __init__(
        self,
        nats: Nats,
        division: Division,
        *,
        make_machine: Callable[[Layout], Machine],
        listen: Listen,
        receive: Receive,
        now_ns: Callable[[], int],
        tell: Callable[[str], None],
    ) -> None:
        self._nats, self._division = nats, division
        self._make_machine, self._listen, self._receive = make_machine, listen, receive
        self._now_ns, self._tell = now_ns, tell
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._member: Lease | None = None
        self._duties: dict[str, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._passing: tuple[type[Exception], ...] = (*nats.troubles, BrokerError, ClusterError)
        self.name = secrets.token_hex(6)
        self.owners: dict[int, Owner] = {}
        """What this process looks after now, by the number of the part."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until ``stopping`` is set; then everything is handed over.

        Raises:
            UsageError: If a state or a move cannot be understood.
        """
        looking, stopped = asyncio.create_task(self._look_out(stopping)), asyncio.create_task(stopping.wait())
        ends: list[asyncio.Future[Any]] = [looking, stopped, self._failed]  # of any result
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([looking], timeout=_GOODBYE_S)  # it may be at a lease, or NATS may not answer
        finally:
            await end([stopped, looking])
            tasks = [task for task, _ in self._duties.values()]
            for _, ending in self._duties.values():
                ending.set()
            if not self._nats.is_connected:  # nothing can be handed over
                await end(tasks)
            elif tasks:
                await asyncio.wait(tasks)
            if self._member is not None:
                await self._member.end()
        for ended in (self._failed, looking):
            if ended.done() and not ended.cancelled():
                ended.result()

    async def _look_out(self, stopping: asyncio.Event) -> None:
        """Look for what is free, again and again, until ``stopping`` is set."""
        while not stopping.is_set():
            with suppress(*self._nats.troubles):
                if self._member is None or self._member.lost.is_set():
                    self._member = await Lease.take(self._nats, _MEMBER + self.name, self.name)
                await self._look(await self._nats.leases())
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), self._nats.lease_s / _LOOKS)

    async def _look(self, leases: set[str]) -> None:
        """Take what is free, up to a fair share, and give up what is more."""
        members = max(1, sum(key.startswith(_MEMBER) for key in leases))
        share = -(-len(self._division.parts) // members)
        mine = [key for key in self._duties if key.startswith(_PART)]
        if len(mine) > share:
            key = min(mine, key=self._liking)
            self._tell(f"partition {key.removeprefix(_PART)} is left to others")
            self._duties[key][1].set()
        if _BRIDGE not in leases and _BRIDGE not in self._duties:
            await self._take(_BRIDGE)
        free = {f"{_PART}{part.number}" for part in self._division.parts} - leases - self._duties.keys()
        for key in sorted(free, key=self._liking, reverse=True)[: max(0, share - len(mine))]:
            await self._take(key)

    def _liking(self, key: str) -> bytes:
        """Return how much this process likes a part: different ones like different parts, so that they seldom meet."""
        return blake2b(f"{self.name} {key}".encode(), digest_size=8).digest()

    async def _take(self, key: str) -> None:
        lease = await Lease.take(self._nats, key, self.name)
        if lease is not None:
            ending = asyncio.Event()
            task = asyncio.create_task(self._do(lease, ending))
            self._duties[key] = (task, ending)

    async def _do(self, lease: Lease, ending: asyncio.Event) -> None:
        """Do what a lease is for, and give it back."""
        what = "receiving" if lease.key == _BRIDGE else f"partition {lease.key.removeprefix(_PART)}"
        self._tell(f"{what} is taken over")
        try:
            if lease.key == _BRIDGE:
                await self._bridge(lease, ending)
            else:
                await self._own(lease, ending)
        except TakenOverError as error:
            self._tell(f"{what} is lost: {error}")
        except self._passing as error:
            self._tell(f"{what} is given up: {str(error) or 'NATS does not answer'}")
        except Exception as error:  # noqa: BLE001  it ends the worker, which raises it
            if not self._failed.done():
                self._failed.set_exception(error)
        finally:
            await lease.end()
            del self._duties[lease.key]

    async def _own(self, lease: Lease, ending: asyncio.Event) -> None:
        number = int(lease.key.removeprefix(_PART))
        owner = self.owners[number] = Owner(
            self._nats,
            lease,
            self._division.parts[number],
            make_machine=self._make_machine,
            listen=self._listen,
            now_ns=self._now_ns,
        )
        try:
            await together((owner.run(ending), _until_lost(lease)))
        finally:
            del self.owners[number]

    async def _bridge(self, lease: Lease, ending: asyncio.Event) -> None:
        bridge = Bridge(self._nats, lease, self._division, now_ns=self._now_ns)
        actions = await self._nats.take_actions(bridge.act)
        try:
            await together((bridge.run(), self._receive(bridge, ending), _until_lost(lease)))
        finally:
            with suppress(*self._nats.troubles):
                await actions.unsubscribe()


async def _until_lost(lease: Lease) -> None:
    await lease.lost.wait()
    lease.check()
