"""Every executor that keeps the contract, and what the tests need of it."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import turnout
from executors.work import Aside, Soon
from turnout.executors import Capabilities, Executor, executor_class, why_unavailable


@dataclass(frozen=True, slots=True)
class Subject:
    """An executor under test.

    Attributes:
        executor: Its name.
        start_method: How its processes are started, if it has any.
    """

    executor: str
    start_method: str | None = None

    @property
    def label(self) -> str:
        """What a test's name says."""
        return self.start_method or self.executor

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return executor_class(self.executor).capabilities

    def make(self, workers: int = 2) -> Executor:
        """Return a new executor; the sequential one has one worker whatever is asked."""
        count = None if self.executor == "sequential" else workers
        return turnout.executor(self.executor, count, start_method=self.start_method)

    def work(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` as this executor takes it."""
        return Soon(function) if self.executor == "asyncio" else function

    def blocking_work(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, which blocks, as this executor takes it."""
        return Aside(function) if self.executor == "asyncio" else function


SUBJECTS = (
    Subject("sequential"),
    Subject("threads"),
    Subject("processes", "fork"),
    Subject("processes", "forkserver"),
    Subject("processes", "spawn"),
    Subject("asyncio"),
    Subject("interpreters"),
)


def each(subjects: Iterable[Subject]) -> pytest.MarkDecorator:
    """Ask a test of each of these, unless this Python lacks it."""
    return pytest.mark.parametrize(
        "subject",
        [
            pytest.param(
                subject,
                id=subject.label,
                marks=pytest.mark.skipif(
                    why_unavailable(subject.executor) is not None, reason=why_unavailable(subject.executor) or ""
                ),
            )
            for subject in subjects
        ],
    )


every = each(SUBJECTS)
waiting = each(subject for subject in SUBJECTS if subject.capabilities.overlaps)
crossing = each(subject for subject in SUBJECTS if subject.capabilities.crosses)
isolating = each(subject for subject in SUBJECTS if subject.capabilities.isolates)


class Gate:
    """Where workers of any kind wait until the test lets them go on.

    Args:
        folder: Where its named pipes are made.
    """

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "gate")
        self._somebody_is_here = False
        os.mkfifo(self.path)
        os.mkfifo(f"{self.path}.bell")

    def await_somebody(self) -> None:
        """Wait until a worker waits here."""
        if not self._somebody_is_here:
            Path(f"{self.path}.bell").read_bytes()
            self._somebody_is_here = True

    def open(self) -> None:
        """Wait until a worker waits here, and let it go on."""
        self.await_somebody()
        Path(self.path).write_text("open", encoding="ascii")
