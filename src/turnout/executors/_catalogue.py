"""All executors by name."""

from importlib import import_module

from turnout.errors import ExecutorError
from turnout.executors._contract import Executor

_HOMES = {
    "sequential": ("sequential", "SequentialExecutor"),
    "threads": ("threads", "ThreadExecutor"),
    "processes": ("processes", "ProcessExecutor"),
    "asyncio": ("coroutines", "AsyncioExecutor"),
    "interpreters": ("interpreters", "InterpreterExecutor"),
    "dask": ("dask", "DaskExecutor"),
}
EXECUTORS: tuple[str, ...] = tuple(_HOMES)


def executor_class(name: str) -> type[Executor]:
    """Return the executor class of that name.

    Raises:
        ExecutorError: If there is none.
    """
    if name not in _HOMES:
        raise ExecutorError(f"no executor is called {name!r}; known: {', '.join(EXECUTORS)}")
    module, attribute = _HOMES[name]
    found: type[Executor] = getattr(import_module(f"turnout.executors.{module}"), attribute)
    return found


def why_unavailable(name: str) -> str | None:
    """Return why the executor of that name can't be used here, or None if it can.

    Raises:
        ExecutorError: If there is none.
    """
    executor_class(name)
    if name == "interpreters":
        from turnout.executors.interpreters import why_no_interpreters  # noqa: PLC0415  loaded by the line above

        return why_no_interpreters()
    if name == "dask":
        from turnout.executors._dask_api import why_no_dask  # noqa: PLC0415  loaded by the line above

        return why_no_dask()
    return None


def executor(
    name: str, workers: int | None = None, *, start_method: str | None = None, address: str | None = None
) -> Executor:
    """Return a new executor, which is a standard `concurrent.futures.Executor`.

    Args:
        name: ``"sequential"``, ``"threads"``, ``"processes"``, ``"asyncio"``, ``"interpreters"`` or ``"dask"``.
        workers: How many items it runs at once, at most; its own default for None.
        start_method: How worker processes are started: ``"fork"``, ``"forkserver"`` or ``"spawn"``; by default fork
            while this process has one thread only (a library's that end before a fork do not count), which is 20 to
            30 times cheaper, and forkserver otherwise.
        address: Of a Dask scheduler; without one, the dask executor starts a cluster of its own on this machine.

    Raises:
        ExecutorError: If there is no such executor, or it doesn't take these arguments.
        UnavailableError: If this Python lacks it.
    """
    options: dict[str, object] = {"max_workers": workers}
    if start_method is not None:
        if name != "processes":
            raise ExecutorError(f"only the processes executor has a start method, not {name}")
        options["start_method"] = start_method
    if address is not None:
        if name != "dask":
            raise ExecutorError(f"only the dask executor has an address, not {name}")
        options["address"] = address
    return executor_class(name)(**options)
