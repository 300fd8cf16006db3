"""Run the work under every model, and say what bounds it and which model wins.

A pilot sizes the sample, the contenders run it in turn (A B C A B C, so that drift of the machine hits all alike),
each heat in a process of its own; then their outcomes are compared, and the figures become advice.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from errno import EAGAIN, EMFILE, ENFILE, ENOMEM
from itertools import islice
from math import inf
from typing import Any

from turnout.advise import (
    Pilot,
    Scaling,
    choose,
    compare_outcomes,
    compare_pythons,
    diagnose,
    enter_contenders,
    fit_scaling,
    judge_environment,
    pilot_from_trace,
    plan,
    project,
    spread_sample,
)
from turnout.clock import SystemClock, wall_ns
from turnout.errors import ExecutorError, ItemsError, TransferError, UsageError, WorkerDiedError, message_of
from turnout.executors import EXECUTORS, executor_class, function_name, is_coroutine_function, why_unavailable
from turnout.items import check_takes_one_item
from turnout.machine import usable_cpus, usable_workers
from turnout.measurement import (
    Contender,
    Entrant,
    Heat,
    HeatError,
    Measurement,
    OverdueError,
    Place,
    PythonRun,
    Refusal,
    check_not_a_guest,
    enter_pythons,
    has_gil,
    place_of,
    ratio_interval,
    read_environment,
    run_heat,
    run_pilot,
    run_pythons,
)
from turnout.report import RaceReport

BUDGET_S = 30.0
PILOT_SHARE = 0.1  # of the budget, and a second at most
PILOT_ITEMS = 1_000
SOURCE_SHARE = 0.1  # of the budget, that a slow source of items may take, for the pilot and again for the sample
PATIENCE = 1.5  # times the budget; after that no further round is begun
LEAST_LIMIT_S = 10.0  # that a single heat may take, however small the budget
PYTHONS_SHARE = 0.5  # of the budget, for other Pythons if some are asked for
LOCAL = tuple(name for name in EXECUTORS if name != "dask")  # a cluster is raced when it is asked for
_LIMITS = {EAGAIN, EMFILE, ENFILE, ENOMEM}  # what the system says when there is no more of something
Function = Callable[[Any], Any]  # of the caller's types


def race(
    function: Function,
    items: Iterable[Any],
    *,
    executors: str | Sequence[str] | None = None,
    workers: int | Sequence[int] | None = None,
    budget_s: float = BUDGET_S,
    repeats: int | None = None,
    sample: int | None = None,
    start_method: str | None = None,
    coroutine_function: Function | None = None,
    pythons: str | Sequence[str] | None = None,
    title: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> RaceReport:
    """Measure ``function`` over ``items`` under every concurrency model.

    Args:
        function: Takes one item; plain, or ``async def``. It is run many times on the same items.
        items: Any iterable; of an endless one only the first are used.
        executors: A name, or several; all that suit the function by default.
        workers: How many workers each executor has; several for a scaling curve; fitted to the work by default.
        budget_s: About how many seconds the race may take.
        repeats: Heats for each contender; fitted to the budget by default.
        sample: Items in each heat; fitted to the budget by default.
        start_method: How the processes executor starts its workers; the best way by default.
        coroutine_function: The same work as ``function``, written for asyncio, which then joins the race.
        pythons: Other Pythons that run the same function over the same items: names such as ``"pypy3"``, paths, or
            ``"all"`` for those found here. They take half of the budget.
        title: What the report is called.
        progress: Told, in a few words, what goes on.

    Returns:
        Everything that was found out. It shows itself in a notebook, and as text.

    Raises:
        ItemsError: If there are no items.
        ExecutorError: If an executor is unknown, or none suits the function.
        TargetError: If the function does not take one item, or other Pythons cannot find it by a name in a file.
        UsageError: If the budget is too small, or no duration, or there is no such Python.
        TransferError: If this process has threads, and the function or an item can't be sent to a fresh process.
    """
    started_ns = wall_ns()
    check_not_a_guest()
    tell = progress or _say_nothing
    names = (executors,) if isinstance(executors, str) else LOCAL if executors is None else tuple(executors)
    _check(function, coroutine_function, names, budget_s)
    runners, refusals = _line_up(function, coroutine_function, names)
    if not runners:
        raise ExecutorError("nobody can race: " + "; ".join(f"{one.name}: {one.reason}" for one in refusals))
    abroad = None if pythons is None else _Abroad(function, [pythons] if isinstance(pythons, str) else pythons)
    whole_budget_s, budget_s = budget_s, budget_s * (1 - PYTHONS_SHARE) if abroad else budget_s
    stock = _Stock(items, pull_s=budget_s * SOURCE_SHARE)
    tell("looking at a few items")
    pilot = _look(next(iter(runners.values())), stock, budget_s)
    contenders = enter_contenders(
        pilot,
        executors=tuple(runners),
        workers=(workers,) if isinstance(workers, int) else workers,
        usable_workers=usable_workers(),
        item_count=stock.count,
    )
    tell("measuring the overhead")
    environment = read_environment(runners)
    spent_s = (wall_ns() - started_ns) / 1e9
    try:
        race_plan = plan(
            pilot,
            contenders,
            item_count=stock.count,
            budget_s=budget_s - spent_s,
            repeats=repeats,
            sample=sample,
            spent_s=spent_s,
            usable_workers=usable_workers(),
            gil=environment.gil,
        )
    except UsageError as error:
        raise (UsageError(f"{error}; other Pythons need as much again") if abroad else error) from None
    indexes, chosen = stock.sample(race_plan.sample_count)
    course = _Course(runners, chosen, start_method, limit_s=max(budget_s, LEAST_LIMIT_S))
    deadline_ns = started_ns + int(PATIENCE * budget_s * 1e9)
    for lap in range(race_plan.repeats):
        if lap and wall_ns() > deadline_ns:
            break
        for one in course.left(contenders):
            tell(f"round {lap + 1} of {race_plan.repeats}: {one.label}")
            course.run(one)
    measurements = course.measurements()
    dropped = tuple(course.dropped.values())
    if not measurements:
        raise ExecutorError("nobody finished: " + "; ".join(f"{one.name}: {one.reason}" for one in dropped))
    projections = tuple(project(one, stock.count) for one in measurements) if stock.count is not None else ()
    models = None if executors is None else names
    runs = (
        abroad.run(chosen, models, workers, budget_s=whole_budget_s * PYTHONS_SHARE, repeats=repeats, tell=tell)
        if abroad
        else ()
    )
    return RaceReport(
        title=title or f"{getattr(function, '__qualname__', 'a function')} over {_items_name(stock.count)}",
        item_count=stock.count,
        sample_count=len(chosen),
        environment=environment,
        measurements=measurements,
        refusals=(*refusals, *dropped),
        diagnosis=diagnose(measurements, usable_cpus=usable_cpus(), gil=has_gil()),
        choice=choose(measurements, projections),
        projections=projections,
        scalings=_scalings(measurements),
        findings=(
            *compare_outcomes(measurements, indexes=indexes),
            *compare_pythons(runs, indexes=indexes),
            *judge_environment(environment, measurements),
        ),
        pythons=runs,
        notes=() if abroad is None else abroad.notes,
    )


class _Stock:
    """The items: all of them where they can be counted, else as many as were asked for so far, or came in time."""

    def __init__(self, items: Iterable[Any], *, pull_s: float) -> None:
        self._pull_ns = int(pull_s * 1e9)
        self._rest: Iterator[Any] = iter(())
        if isinstance(items, Collection):
            self._taken: Sequence[Any] = items if isinstance(items, list | tuple | range) else list(items)
            self.count: int | None = len(self._taken)
        else:
            self._rest = iter(items)
            self._taken, self.count = [], None
            self._pull(PILOT_ITEMS)
        if not self._taken:
            raise ItemsError("there are no items to race over; give at least one")

    def few(self) -> list[Any]:
        """Return some items that stand for those at hand."""
        return [self._taken[index] for index in spread_sample(len(self._taken), PILOT_ITEMS)]

    def sample(self, count: int) -> tuple[tuple[int, ...], list[Any]]:
        """Return ``count`` items, and their indexes; fewer if there are not so many."""
        if self.count is None:
            self._pull(count)
        indexes = spread_sample(len(self._taken), count)
        return indexes, [self._taken[index] for index in indexes]

    def _pull(self, count: int) -> None:
        wanted = count + 1 - len(self._taken)  # one more, to see whether that is all
        deadline = wall_ns() + self._pull_ns
        more: list[Any] = []
        while len(more) < wanted and (not more or wall_ns() < deadline):
            # in bites that double, so that the clock costs little and a slow source is noticed early
            bite = min(wanted - len(more), max(1, len(more)))
            pulled = list(islice(self._rest, bite))
            more += pulled
            if len(pulled) < bite:
                self.count = len(self._taken) + len(more)
                break
        self._taken = [*self._taken, *more]


def _check(function: Function, coroutine_function: Function | None, names: Sequence[str], budget_s: float) -> None:
    for one in (function, *([coroutine_function] if coroutine_function is not None else [])):
        if not callable(one):
            raise TypeError(f"a function is needed, not {one!r}")
        check_takes_one_item(one, function_name(one))
    if not names:
        raise ExecutorError(f"name at least one executor; known: {', '.join(EXECUTORS)}")
    if not 0 < budget_s < inf:
        raise UsageError(f"budget_s must be a number of seconds above 0, not {budget_s}")


def _line_up(
    function: Function, coroutine_function: Function | None, names: Sequence[str]
) -> tuple[dict[str, Function], list[Refusal]]:
    """Return the function that each executor runs, and who can't race."""
    runners: dict[str, Function] = {}
    refusals = []
    for name in dict.fromkeys(names):
        executor_class(name)
        reason = why_unavailable(name)
        runner = function
        if name == "asyncio":
            runner = coroutine_function or function
            if not is_coroutine_function(runner):
                reason = "the function is a plain one, which would block the event loop; write it as `async def`"
        if reason is None:
            runners[name] = runner
        else:
            refusals.append(Refusal(name=name, reason=reason))
    return runners, refusals


def _look(function: Function, stock: _Stock, budget_s: float) -> Pilot:
    few = stock.few()
    try:
        trace, failures = run_pilot(function, few, for_s=min(1.0, budget_s * PILOT_SHARE), limit_s=budget_s)
    except OverdueError:
        raise UsageError(
            f"the budget of {budget_s:g} s is too small: one of the first items did not end in it; "
            "give more, or smaller items"
        ) from None
    except HeatError as error:
        raise UsageError(
            f"this function cannot be raced: in the trial run, {error}; catch it in the function"
        ) from None
    except WorkerDiedError as error:
        raise UsageError(
            f"this function cannot be raced: in the trial run, {error}; "
            'turnout.run(..., executor="processes") tells which, so that it can be left out'
        ) from None
    return pilot_from_trace(
        trace,
        exhausted=stock.count is not None and trace.span_count >= stock.count,
        coroutine=is_coroutine_function(function),
        failures=failures,
    )


class _Course:
    """Lets contenders run heats, and drops those that do not finish one.

    Args:
        runners: What each executor runs.
        items: The sample.
        start_method: How processes are started.
        limit_s: How long a heat may take.
    """

    def __init__(
        self, runners: Mapping[str, Function], items: Sequence[Any], start_method: str | None, *, limit_s: float
    ) -> None:
        self._runners = runners
        self._items = items
        self._start_method = start_method
        self._limit_s = limit_s
        self._heats: dict[Contender, list[Heat]] = {}
        self.dropped: dict[Contender, Refusal] = {}

    def left(self, contenders: Sequence[Contender]) -> list[Contender]:
        """Return those that were not dropped."""
        return [one for one in contenders if one not in self.dropped]

    def measurements(self) -> tuple[Measurement, ...]:
        """Return what those who were not dropped cost."""
        return tuple(
            Measurement(contender=one, item_count=len(self._items), heats=tuple(heats))
            for one, heats in self._heats.items()
            if one not in self.dropped
        )

    def run(self, one: Contender) -> None:
        """Let a contender run one heat."""
        function = self._runners[one.executor]
        try:
            heat = run_heat(one, function, self._items, start_method=self._start_method, limit_s=self._limit_s)
        except TransferError:
            raise
        except Exception as error:  # noqa: BLE001  a contender that can't run is a row of the report
            self.dropped[one] = Refusal(name=one.label, reason=_why_it_did_not_run(error))
        else:
            self._heats.setdefault(one, []).append(heat)


class _Abroad:
    """The other Pythons, which are found before anything is measured, so that a wrong name is told at once."""

    def __init__(self, function: Function, words: Sequence[str]) -> None:
        self._place: Place = place_of(function)
        self._entrants: tuple[Entrant, ...] = enter_pythons(words)
        alone = len(self._entrants) < 2  # noqa: PLR2004  this one and another
        self.notes = ("No other Python was found on this machine; name one by its path.",) if alone else ()

    def run(
        self,
        items: Sequence[Any],
        models: Sequence[str] | None,
        workers: int | Sequence[int] | None,
        *,
        budget_s: float,
        repeats: int | None,
        tell: Callable[[str], None],
    ) -> tuple[PythonRun, ...]:
        """Let each Python run the items."""
        return run_pythons(
            self._entrants,
            self._place,
            items,
            models=models,
            workers=(workers,) if isinstance(workers, int) else workers or (usable_workers(),),
            budget_s=budget_s,
            limit_s=max(budget_s, LEAST_LIMIT_S),
            clock=SystemClock(),
            repeats=repeats,
            tell=tell,
        )


def _why_it_did_not_run(error: Exception) -> str:
    text = " ".join(message_of(error).split())
    match error:
        case MemoryError():
            lack = "out of memory"
        case OSError() if error.errno in _LIMITS:
            lack = str(error.strerror)
        case RuntimeError() if "start new thread" in text:
            lack = text
        case _:
            return text
    return f"{lack}; take fewer workers, or raise the limit (see ulimit -a)"


def _scalings(measurements: Sequence[Measurement]) -> tuple[Scaling, ...]:
    walls = {one.contender: [float(heat.wall_ns) for heat in one.heats] for one in measurements}
    sequential = next((wall for contender, wall in walls.items() if contender.executor == "sequential"), None)
    found = []
    for name in dict.fromkeys(contender.executor for contender in walls):
        own = {contender.workers: wall for contender, wall in walls.items() if contender.executor == name}
        base = own.get(1, sequential)
        if len(own) > 1 and base is not None:
            found.append(fit_scaling(name, [(count, ratio_interval(base, own[count])[0]) for count in sorted(own)]))
    return tuple(found)


def _items_name(count: int | None) -> str:
    return "items" if count is None else "1 item" if count == 1 else f"{count:,} items"


def _say_nothing(_words: str) -> None:
    return
