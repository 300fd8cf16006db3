"""A run that does its work in turn, in the caller's thread, and counts as a real one does."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from report_samples import environment
from turnout import Failure, Success
from turnout.clock import wall_ns
from turnout.outcomes import Outcome
from turnout.pipeline import RunStatus, StageStatus, TrackChoice
from turnout.report import FailedItem, RunReport

Watch = Callable[["FakeRun", int], None]


@dataclass
class FakeRuns:
    """Stands in for `turnout.run`, and keeps what was asked.

    Attributes:
        watch: Called with the run and each item's index, before the item is run.
        asked: What the last run was asked.
        last: The last run.
    """

    watch: Watch = lambda _run, _index: None
    asked: dict[str, Any] = field(default_factory=dict)  # as `turnout.run` takes it
    last: "FakeRun | None" = None

    def __call__(self, function: Any, items: Iterable[Any], **asked: Any) -> "FakeRun":  # Any: as `turnout.run`
        self.asked = asked
        self.last = FakeRun(function, items, self.watch)
        return self.last


class FakeRun:
    """What a `FakeRuns` returns.

    Args:
        function: Takes one item.
        items: One after the other.
        watch: As `FakeRuns.watch`.
    """

    def __init__(self, function: Callable[[Any], Any], items: Iterable[Any], watch: Watch) -> None:
        choice = TrackChoice(executor="sequential", workers=1, reasons=["It is a fake.", "It has another reason."])
        self._stage = StageStatus(name="work", kind="map", choice=choice)
        count = len(items) if isinstance(items, list | range) else None
        self.status = RunStatus(stages=(self._stage,), item_count=count)
        self.is_closed = False
        self.tries_failed_again = False
        self.swallowed: tuple[type[BaseException], ...] = ()
        self._function, self._items, self._watch = function, items, watch
        self._is_stopped = False
        self._failures: list[FailedItem] = []

    def __iter__(self) -> Iterator[Outcome[Any]]:
        self.status.start_ns = self._stage.start_ns = wall_ns()
        for index, item in enumerate(self._items):
            with suppress(*self.swallowed):
                self._watch(self, index)
            if self._is_stopped:
                break
            outcome = self._run(index, item)
            self._stage.taken += 1
            self._stage.done += 1
            self._stage.given_out += 1
            self.status.done += 1
            yield outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True
        self.status.end_ns = self._stage.end_ns = wall_ns()

    def stop(self) -> None:
        self._is_stopped = self.status.is_interrupted = True

    def try_failed_again(self) -> None:
        self.tries_failed_again = True

    def report(self, title: str) -> RunReport:
        return RunReport(title=title, status=self.status, environment=environment({}), failures=tuple(self._failures))

    def _run(self, index: int, item: Any) -> Outcome[Any]:  # the test's
        try:
            return Success(self._function(item), item, index)
        except Exception as error:  # noqa: BLE001  whatever the test's function raises is its outcome
            self.status.failed += 1
            self._stage.failed += 1
            self._failures.append(FailedItem(index=index, item=repr(item), error=repr(error), attempts=1))
            return Failure(error, item, index)
