"""The right to do what one process only may do, for as long as it is renewed."""

import asyncio

from turnout.jobs.monitor.scale._nats import Nats, TakenOverError
from turnout.jobs.monitor.scale._together import end

_RENEWALS = 4  # in the time that a lease lasts
_SAFE = 0.8  # of that time: then a lease that could not be renewed counts as lost, before anyone else can have it


class Lease:
    """A lease that this process has.

    Args:
        nats: Where it was taken.
        key: What it is for.
        holder: The name of this process.
        revision: What taking it has returned.
        taken_s: When that was asked for, by the event loop's clock.
    """

    def __init__(self, nats: Nats, key: str, holder: str, revision: int, taken_s: float) -> None:
        self._nats = nats
        self._holder = holder
        self._revision = revision
        self._until_s = taken_s + _SAFE * nats.lease_s
        self._loop = asyncio.get_running_loop()
        self.key = key
        self.term = f"{holder}.{key}.{revision}"
        """Unlike that of any other lease, also of the same thing."""
        self.lost = asyncio.Event()
        """Set once it is not ours any more."""
        self._renewing = self._loop.create_task(self._renew())

    @classmethod
    async def take(cls, nats: Nats, key: str, holder: str) -> "Lease | None":
        """Return a lease, or None if somebody has it."""
        asked_s = asyncio.get_running_loop().time()
        revision = await nats.take_lease(key, holder)
        return None if revision is None else cls(nats, key, holder, revision, asked_s)

    def check(self) -> None:
        """Check that it is still ours.

        Raises:
            TakenOverError: If that is not sure.
        """
        if self.lost.is_set() or self._loop.time() >= self._until_s:
            raise TakenOverError(f"the lease of {self.key} was not renewed in time")

    async def end(self) -> None:
        """Let somebody else have it."""
        await end([self._renewing])
        if not self.lost.is_set():
            self.lost.set()
            await self._nats.end_lease(self.key, self._revision)

    async def _renew(self) -> None:
        while self._loop.time() < self._until_s:
            await asyncio.sleep(self._nats.lease_s / _RENEWALS)
            asked_s = self._loop.time()
            try:
                async with asyncio.timeout_at(self._until_s):
                    self._revision = await self._nats.renew_lease(self.key, self._holder, self._revision)
            except TakenOverError:
                break
            except self._nats.troubles:
                continue
            self._until_s = asked_s + _SAFE * self._nats.lease_s
        self.lost.set()
