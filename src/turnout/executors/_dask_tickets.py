"""Orders on their way to Dask workers, and which worker each goes to."""

import asyncio
import pickle
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from turnout.errors import ClusterError
from turnout.executors._dask_worker import Answered


@dataclass(frozen=True, slots=True)
class Lost:
    """Says that the Dask worker at that address went away while it held the order, or the answer."""

    address: str


Report = Callable[[str, Answered | Lost | ClusterError], None]


@dataclass(slots=True, eq=False)
class Ticket:
    """An order on its way, and who waits for its answer.

    Attributes:
        key: The order's number.
        data: The order, pickled.
        buffers: What it is about, beside it.
        tell: Called with the number and what became of the order.
        near: The address of the worker that should have it, if it is still there.
        is_alone: Whether the worker may have nothing else of ours meanwhile.
        address: Of the worker that has it; None while it waits for one.
        task: What follows it to its end, once a worker has it.
        lost: The address of the worker with which it was lost.
    """

    key: str
    data: bytes
    buffers: list[pickle.PickleBuffer]
    tell: Report
    near: str | None = None
    is_alone: bool = False
    address: str | None = None
    task: asyncio.Task[None] | None = None
    lost: str | None = None

    def report(self, found: Answered | Lost | ClusterError) -> None:
        """Tell who waits."""
        self.tell(self.key, found)


def share_out(tickets: Collection[Ticket], threads: Mapping[str, int]) -> list[Ticket]:
    """Give each ticket that waits the worker with least to do for us, if there is one; return those that got one.

    Args:
        tickets: All that are under way, the oldest first.
        threads: How many each worker has.
    """
    waiting = [ticket for ticket in tickets if ticket.address is None]
    if not waiting:
        return []
    given = Counter(ticket.address for ticket in tickets if ticket.address is not None)
    taken = {ticket.address for ticket in tickets if ticket.is_alone}
    open_to = [address for address in threads if address not in taken]
    placed = []
    for ticket in waiting:
        if not open_to:
            break
        best = ticket.near if ticket.near in open_to else min(open_to, key=lambda each: given[each] / threads[each])
        if ticket.is_alone:
            open_to.remove(best)  # for it, or to be for it when it has done what it does
        if not ticket.is_alone or not given[best]:
            ticket.address = best
            given[best] += 1
            placed.append(ticket)
    return placed
