"""Let other Pythons run the same function over the same items: in turns, each in a process that stays for all turns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pickle import dumps
from typing import Any

from turnout.clock import Clock
from turnout.errors import message_of
from turnout.measurement._guest_process import PROTOCOL
from turnout.measurement._guest_runner import Runner, Start, Task, start_guest
from turnout.measurement._guest_types import Entrant, Place, PythonRun
from turnout.measurement._types import Contender

MODELS = ("sequential", "threads", "processes", "interpreters")
REPEATS = 5
WARM_LAPS = 2  # of a Python that compiles: Jython's third run on threads takes 0.7 times as long as its first
PATIENCE = 1.5  # times the budget; after that no further heat is begun


def run_pythons(
    entrants: Sequence[Entrant],
    place: Place,
    items: Sequence[Any],
    *,
    models: Sequence[str] | None = None,
    workers: Sequence[int],
    budget_s: float,
    limit_s: float,
    clock: Clock,
    repeats: int | None = None,
    tell: Callable[[str], None],
    start: Start | None = None,
) -> tuple[PythonRun, ...]:
    """Measure the function under each Python and model that it has.

    Each Python makes a first pass over the items, one after the other, which is not measured; those that compile
    what is hot run each model twice more. Then all of them run in turns.

    Args:
        entrants: Which Pythons.
        place: Where they find the function.
        items: What it is given; pickled in the way that Python 2 understands.
        models: Which of the models besides sequential, which always runs; all if None. Others are passed over.
        workers: How many workers there are, where there are several; each of these numbers.
        budget_s: About how long all of it may take; who starts within 1.5 times that has one turn at least.
        limit_s: How long a single pass or heat may take; a Python that takes longer is ended.
        clock: Tells when the budget is over.
        repeats: How many turns; as many as there is time for if None, at most five.
        tell: Told, in a few words, what goes on.
        start: Starts a Python.

    Returns:
        One for each entrant, in their order.
    """
    try:
        pickled = dumps(list(items), PROTOCOL)
    except Exception as error:  # noqa: BLE001  the user's own classes may raise anything
        reason = f"the items cannot be sent to another Python: {' '.join(message_of(error).split())}"
        return tuple(PythonRun(entrant=one, reason=reason) for one in entrants)
    several = [(model, count) for model in MODELS[1:] if models is None or model in models for count in workers]
    task = Task(place=place, pickled=pickled, item_count=len(items), limit_s=limit_s)
    runners = [Runner(one, task, start or start_guest) for one in entrants]
    contenders = {
        runner: [
            Contender(executor=model, workers=count, python=runner.entrant.name)
            for model, count in [("sequential", 1), *several]
        ]
        for runner in runners
    }
    schedule = _Schedule(clock, budget_s, repeats)
    with ExitStack() as stack:
        for runner in runners:
            stack.callback(runner.close)
            if schedule.is_late():
                runner.reason = runner.reason or f"its turn did not come within {budget_s:.3g} s; give a larger budget"
                continue
            tell(f"starting {runner.entrant.name}")
            runner.begin()
            for contender in contenders[runner] * WARM_LAPS if runner.compiles else ():
                if not schedule.is_late():
                    runner.heat(contender, is_kept=False)
        for lap in schedule.laps():  # a Python's models follow each other, so that other programs hit them alike
            for runner, contender in ((one, each) for one in runners for each in contenders[one]):
                if lap == 0 or not schedule.is_late():
                    tell(f"other Pythons, round {lap + 1}: {contender.executor} on {runner.entrant.name}")
                    runner.heat(contender)
        for runner in runners:
            runner.leave()
    return tuple(runner.result() for runner in runners)


class _Schedule:
    """How many rounds there is time for."""

    def __init__(self, clock: Clock, budget_s: float, repeats: int | None) -> None:
        self._clock, self._budget_s, self._repeats = clock, budget_s, repeats
        self._begun_ns = clock.wall_ns()

    def is_late(self) -> bool:
        """Tell whether nothing more is to be begun."""
        return self._spent_s() > PATIENCE * self._budget_s

    def laps(self) -> Iterator[int]:
        """Yield the number of each round, from 0."""
        for lap in range(self._repeats or REPEATS):
            before_s = self._spent_s()
            yield lap
            expected_s = 2 * self._spent_s() - before_s  # if the next round takes as long
            if self.is_late() or (self._repeats is None and expected_s > self._budget_s):
                return

    def _spent_s(self) -> float:
        return (self._clock.wall_ns() - self._begun_ns) / 1e9
