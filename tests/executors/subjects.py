"""Every executor that keeps the contract, and what the tests need of it."""

import fcntl
import os
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import turnout
from executors.shared_dask import shared_address
from executors.work import Aside, Soon, hang_at, hang_at_soon
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
        return turnout.executor(self.executor, count, **self.options)

    @property
    def options(self) -> dict[str, Any]:  # as arguments of other types than these two strings too
        """What else `turnout.executor` and `turnout.run` are told; a Dask cluster is shared by all tests."""
        address = shared_address() if self.executor == "dask" else None
        return {"start_method": self.start_method, "address": address}

    def prepare(self) -> None:
        """Have made what all tests share, before a test looks what is there."""
        if self.executor == "dask":
            shared_address()

    def work(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` as this executor takes it."""
        return Soon(function) if self.executor == "asyncio" else function

    def blocking_work(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function``, which blocks, as this executor takes it."""
        return Aside(function) if self.executor == "asyncio" else function

    def hanging_work(self, some: Container[int], hold: str) -> Callable[..., Any]:
        """Return what hangs with some of its items, until a `Hold` is released or it is stopped."""
        return partial(hang_at_soon if self.executor == "asyncio" else hang_at, some=some, hold=hold)


SUBJECTS = (
    Subject("sequential"),
    Subject("threads"),
    Subject("processes", "fork"),
    Subject("processes", "forkserver"),
    Subject("processes", "spawn"),
    Subject("asyncio"),
    Subject("interpreters"),
    Subject("dask"),
)


def each(subjects: Iterable[Subject]) -> pytest.MarkDecorator:
    """Ask a test of each of these, unless this Python lacks it."""
    return pytest.mark.parametrize(
        "subject",
        [
            pytest.param(
                subject,
                id=subject.label,
                marks=[
                    pytest.mark.skipif(
                        why_unavailable(subject.executor) is not None, reason=why_unavailable(subject.executor) or ""
                    ),
                    *([pytest.mark.xdist_group("dask")] if subject.executor == "dask" else []),
                ],
            )
            for subject in subjects
        ],
    )


# Once it has started, a spawned worker is like one that a fork server started anew. How it starts, what crosses to it
# and how it dies is tried below, and all of CPython's own tests are; the rest is not tried twice.
NOT_TWICE = [subject for subject in SUBJECTS if subject != Subject("processes", "spawn")]
every = each(NOT_TWICE)
# What is kept here for a Dask cluster is kept by the same worker processes; tests of its own ask for the rest.
LOCAL = [subject for subject in NOT_TWICE if subject.executor != "dask"]
local = each(LOCAL)
local_isolating = each(subject for subject in LOCAL if subject.capabilities.isolates)
waiting = each(subject for subject in NOT_TWICE if subject.capabilities.overlaps)
crossing = each(subject for subject in SUBJECTS if subject.capabilities.crosses)
pooled = each(subject for subject in SUBJECTS if subject.executor == "processes")
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


class Hold:
    """Holds up whoever calls `work.hang_at`, whether it shares memory with the test or not, until it is released.

    Args:
        folder: Where its file is made.
    """

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "hold")
        self._file = Path(self.path).open("wb")  # noqa: SIM115  open until it is released
        fcntl.flock(self._file, fcntl.LOCK_EX)
        os.mkfifo(f"{self.path}.bell")
        self._bell = Path(f"{self.path}.bell").open("rb+", buffering=0)  # noqa: SIM115  likewise; neither end waits

    def await_somebody(self) -> int:
        """Wait until a worker hangs; return its process."""
        line = b""
        while not line.endswith(b"\n"):
            line += self._bell.read(1)
        return int(line)

    def release(self) -> None:
        """Let all go on."""
        fcntl.flock(self._file, fcntl.LOCK_UN)  # said, since workers that were forked hold the file too
        self._file.close()
        self._bell.close()
