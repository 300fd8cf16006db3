"""All that is used of Dask, in one place; nothing of it is loaded before it is asked for.

Whatever comes from Dask is `Any` here: the package carries types for a part of its surface only, and that part changes
from month to month.
"""

import asyncio
from collections.abc import Callable
from copyreg import dispatch_table
from importlib.util import find_spec
from typing import Any

from turnout.errors import ClusterError, UnavailableError, message_of

CONNECT_S = 3  # for a connection, which is tried again and again while it is refused
ANSWER_S = 5  # for a scheduler to answer, in all; one that is alive and near does in milliseconds
CLOSE_S = 2


def why_no_dask() -> str | None:
    """Return why Dask can't be used here, or None if it can."""
    return None if find_spec("distributed") is not None else "the package `distributed` is not installed"


def require_dask() -> None:
    """Make sure that Dask is installed.

    Raises:
        UnavailableError: If it isn't.
    """
    reason = why_no_dask()
    if reason is not None:
        raise UnavailableError("the dask executor", reason, "pip install 'turnout[dask]'")


def load() -> None:
    """Import Dask now, and let exceptions of this process pickle as they did.

    Dask has tblib change that for every exception there is: then they load without a call of their constructor, and
    what that alone would set is lost, such as the status of a `SystemExit`.
    """
    known = set(dispatch_table)
    import distributed  # noqa: F401, PLC0415  costs half a second

    for kind in set(dispatch_table) - known:
        if issubclass(kind, BaseException):
            del dispatch_table[kind]


async def connect(address: str) -> Any:  # a distributed.Client
    """Return a client of the scheduler at ``address``, which belongs to the running event loop.

    Raises:
        ClusterError: If there is none, or it doesn't answer like one.
    """
    load()
    from distributed import Client  # noqa: PLC0415  as above

    try:
        kind = await asyncio.wait_for(_kind_of(address), ANSWER_S)
    except Exception as error:
        raise ClusterError(_not_reached(address, error)) from error
    if kind != "Scheduler":
        raise ClusterError(
            f"{address} was asked to schedule, but is a Dask {kind.lower()}; "
            "give the address that the scheduler printed when it started"
        )
    client: Any = None
    try:
        make_client: Any = Client
        client = make_client(address, asynchronous=True, set_as_default=False, timeout=CONNECT_S)
        return await asyncio.wait_for(_started(client), ANSWER_S)
    except Exception as error:
        if client is not None:
            await close(client)
        raise ClusterError(_not_reached(address, error)) from error


async def _kind_of(address: str) -> str:
    """Ask who listens there: anything may."""
    from distributed.core import rpc  # noqa: PLC0415  as above
    from distributed.security import Security  # noqa: PLC0415  as above

    ask: Any = rpc
    configured: Any = Security  # certificates, as Dask's own configuration names them
    there = ask(address, timeout=CONNECT_S, connection_args=configured().get_connection_args("client"))
    try:
        return str((await there.identity()).get("type"))
    finally:
        await there.close_rpc()


async def _started(client: Any) -> Any:
    return await client


def _not_reached(address: str, error: Exception) -> str:
    found = message_of(error) or f"no answer within {ANSWER_S} s"
    cause = error.__cause__
    if cause is not None and message_of(cause):
        found = f"{found} ({message_of(cause)})"
    return (
        f"no Dask scheduler was reached at {address}: {found}; "
        "start one with `dask scheduler`, and give the address that it prints"
    )


async def close(client: Any) -> None:
    """Close a client, whatever has become of its scheduler."""
    try:
        await asyncio.wait_for(client.close(), CLOSE_S)
    except Exception:  # noqa: BLE001  it is left in any case, and there is nobody to tell
        client.status = "closed"


def lost_worker(error: BaseException) -> str | None:
    """Return the address of the worker whose death this error tells of; None if it tells of something else."""
    from distributed.scheduler import KilledWorker  # noqa: PLC0415  as above

    return str(error.last_worker.address) if isinstance(error, KilledWorker) else None


def is_cut_off(error: BaseException) -> bool:
    """Tell whether this error says that the client has lost its scheduler."""
    from distributed.client import FutureCancelledError  # noqa: PLC0415  as above
    from distributed.comm.core import CommClosedError  # noqa: PLC0415  as above

    return isinstance(error, FutureCancelledError | CommClosedError)


def be_quiet_here() -> Callable[[], None]:
    """Keep Dask from logging in this thread what we raise, until what is returned is called."""
    import logging  # noqa: PLC0415  for this only
    import threading  # noqa: PLC0415  likewise

    here = threading.get_ident()
    logger = logging.getLogger("distributed.client")

    def is_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != here

    logger.addFilter(is_elsewhere)
    return lambda: logger.removeFilter(is_elsewhere)


def quiet_about_size() -> Any:  # a context manager
    """Keep Dask from advising against large tasks: ours are few, and as large as the caller's items."""
    from dask import config  # noqa: PLC0415  as above

    return config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"})


def this_task() -> tuple[str, Callable[[], bool]]:
    """Return, in a task, the address of its Dask worker, and what tells whether anybody still waits for the task."""
    from distributed import worker as module  # noqa: PLC0415  the caller is a Dask worker

    dask: Any = module
    worker = dask.get_worker()
    key = dask.thread_state.key

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    return str(worker.address), is_wanted


async def local_cluster(workers: int, folder: str) -> Any:  # a distributed.LocalCluster
    """Return a new cluster on this machine, which listens on the loopback device only.

    Args:
        workers: How many worker processes it has.
        folder: Where they keep what doesn't fit their memory.
    """
    import logging  # noqa: PLC0415  only in the process of the cluster

    from dask import config  # noqa: PLC0415  as above
    from distributed import LocalCluster  # noqa: PLC0415  as above

    config.set(
        {
            "distributed.scheduler.allowed-failures": 0,  # whatever is lost, we try again ourselves, and count it
            "distributed.scheduler.http.routes": [],  # a server there is in any case: it shall have nothing to tell
            "distributed.worker.http.routes": [],
            # what nobody looks at here took each of its processes 5 to 8 % of a core, without any work
            "distributed.worker.profile.enabled": False,
            "distributed.admin.system-monitor.gil.enabled": False,
            "distributed.admin.system-monitor.interval": "10s",
            "distributed.admin.tick.interval": "1s",
            "distributed.scheduler.active-memory-manager.start": False,
        }
    )
    make: Any = LocalCluster
    return await make(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},  # None would mean port 8787
        worker_dashboard_address=None,
        memory_limit=0,
        local_directory=folder,
        silence_logs=logging.CRITICAL,
        asynchronous=True,
    )
