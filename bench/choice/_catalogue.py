"""All workloads, and the choices that each is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from choice._workload import Workload

# A module for each character; NumPy apart, since its import changes how workers are started.
MODULES = ("cpu", "waiting", "payload", "numpy", "odd")
NEEDED = {"numpy": "numpy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A way to run a workload.

    Attributes:
        executor: Its name, or ``"auto"``.
        workers: How many; None where there is no choice.
    """

    executor: str
    workers: int | None = None

    def __str__(self) -> str:
        return self.executor if self.workers is None else f"{self.executor} x {self.workers}"


AUTO = Contender(executor="auto")
SEQUENTIAL = Contender(executor="sequential")
THREADS = (2, 8, 32, 100)
TASKS = (32, 100, 1000)
PROCESSES = 2
WAITING_PROCESSES = 32
QUICK_THREADS = (2, 32)
QUICK_TASKS = (100,)


def workloads_of(module: str) -> dict[str, Workload]:
    """Return the workloads of one character, by name."""
    found: tuple[Workload, ...] = import_module(f"choice._workloads_{module}").WORKLOADS
    return {workload.name: workload for workload in found}


def all_workloads() -> list[tuple[str, Workload]]:
    """Return each workload with its module, except those whose library is not here."""
    here = [module for module in MODULES if module not in NEEDED or find_spec(NEEDED[module])]
    return [(module, workload) for module in here for workload in workloads_of(module).values()]


def missing() -> list[str]:
    """Return the libraries that some workloads need and that are not here."""
    return [library for library in NEEDED.values() if not find_spec(library)]


def chosen(only: Iterable[str]) -> list[tuple[str, Workload]]:
    """Return the workloads with these names, or all if there are none.

    Raises:
        ValueError: If a name is unknown.
    """
    everything = all_workloads()
    known = [workload.name for _, workload in everything]
    wanted = list(only) or known
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"no workload is called {', '.join(unknown)}; known: {', '.join(known)}")
    return [(module, workload) for module, workload in everything if workload.name in wanted]


def fixed_choices(workload: Workload, *, quick: bool = False) -> list[Contender]:
    """Return what a user might write for this workload without knowing better.

    Args:
        workload: What is to be run.
        quick: Whether to leave out those that are seldom the best.
    """
    processes = [PROCESSES, WAITING_PROCESSES] if workload.waits else [PROCESSES]
    tasks = (QUICK_TASKS if quick else TASKS) if workload.is_async else ()
    return [
        SEQUENTIAL,
        *(Contender(executor="threads", workers=count) for count in (QUICK_THREADS if quick else THREADS)),
        *(Contender(executor="processes", workers=count) for count in processes),
        *(Contender(executor="asyncio", workers=count) for count in tasks),
    ]
