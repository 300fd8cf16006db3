"""The peers of the table, and turnout, each as a pool that is opened, maps and is closed."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, islice
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import turnout
from _workloads import Function, Workload
from turnout.executors import executor_class

Map = Callable[[Function, Iterable[Any]], Iterable[Any]]  # the caller's items and results
Opening = Generator[Map, None, None]
WIDE, WIDEST = 32, 100  # workers for work that waits


@dataclass(frozen=True, slots=True)
class Setting:
    """How a peer is used.

    Attributes:
        peer: Its name in the table.
        workers: How many it has.
        chunk: Items that it hands over at once; 0 for its default.
    """

    peer: str
    workers: int = 2
    chunk: int = 0

    def __str__(self) -> str:
        return f"{self.peer}@{self.workers}x{self.chunk}"

    @classmethod
    def parse(cls, text: str) -> "Setting":
        """Return what was written by ``str``."""
        peer, _, numbers = text.rpartition("@")
        workers, chunk = map(int, numbers.split("x"))
        return cls(peer, workers, chunk)


def sequential(_workers: int, _chunk: int) -> Opening:
    yield map


def thread_executor(workers: int, _chunk: int) -> Opening:
    with import_module("concurrent.futures").ThreadPoolExecutor(workers) as pool:
        yield pool.map


def process_executor(workers: int, chunk: int) -> Opening:
    with import_module("concurrent.futures").ProcessPoolExecutor(workers) as pool:
        yield lambda function, items: pool.map(function, items, chunksize=chunk or 1)


def pool_of(kind: str) -> Callable[[int, int], Opening]:
    def opening(workers: int, chunk: int) -> Opening:
        with import_module(kind).Pool(workers) as pool:
            yield (
                lambda function, items: (
                    pool.map(function, items, chunksize=chunk or None)
                    if isinstance(items, Sized)
                    else pool.imap(function, items, chunksize=chunk or 1)
                )
            )

    return opening


def thread_pool(workers: int, chunk: int) -> Opening:
    with import_module("multiprocessing.pool").ThreadPool(workers) as pool:
        yield (
            lambda function, items: (
                pool.map(function, items, chunksize=chunk or None)
                if isinstance(items, Sized)
                else pool.imap(function, items)
            )
        )


def loky(workers: int, chunk: int) -> Opening:
    with import_module("loky").ProcessPoolExecutor(workers) as pool:
        yield lambda function, items: pool.map(function, items, chunksize=chunk or 1)


def joblib_on(backend: str) -> Callable[[int, int], Opening]:
    def opening(workers: int, _chunk: int) -> Opening:
        joblib = import_module("joblib")

        def run(function: Function, items: Iterable[Any]) -> Iterable[Any]:
            kind = "list" if isinstance(items, Sized) else "generator"
            call = joblib.delayed(function)
            found: Iterable[Any] = joblib.Parallel(workers, backend=backend, return_as=kind)(map(call, items))
            return found

        yield run
        if backend == "loky":
            joblib.externals.loky.get_reusable_executor().shutdown(wait=True)

    return opening


def mpire(workers: int, chunk: int) -> Opening:
    with import_module("mpire").WorkerPool(n_jobs=workers) as pool:
        yield lambda function, items: pool.imap(
            function,
            ((item,) for item in items),
            iterable_len=len(items) if isinstance(items, Sized) else None,
            chunk_size=chunk or (None if isinstance(items, Sized) else 1),
        )


def pebble(workers: int, chunk: int) -> Opening:
    with import_module("pebble").ProcessPool(max_workers=workers) as pool:
        yield lambda function, items: pool.map(function, items, chunksize=chunk or 1).result()


def run_all(function: Function, items: list[Any]) -> list[object]:
    """Run a chunk."""
    return [function(item) for item in items]


def chunks_of(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Cut items by hand, for those that would take a millisecond for each."""
    rest = iter(items)
    return iter(lambda: list(islice(rest, size)), [])


def dask(workers: int, chunk: int) -> Opening:
    distributed = import_module("distributed")
    with (
        distributed.LocalCluster(workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):

        def run(function: Function, items: Iterable[Any]) -> Iterable[Any]:
            parts = list(chunks_of(items, chunk or 1))
            return chain.from_iterable(client.gather(client.map(run_all, [function] * len(parts), parts)))

        yield run


def ray(workers: int, chunk: int) -> Opening:
    os.environ.setdefault("RAY_AUTH_TOKEN", uuid4().hex)  # or it would write one into the home folder
    found = import_module("ray")
    with TemporaryDirectory() as folder:
        found.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        remote = found.remote(run_all)
        yield lambda function, items: chain.from_iterable(
            found.get([remote.remote(function, part) for part in chunks_of(items, chunk or 1)])
        )
        found.shutdown()


class Ours:
    """turnout as a peer; a run is opened by each map.

    Attributes:
        last: The run that was last made.
    """

    def __init__(self, executor: str) -> None:
        self.executor = executor
        self.last: turnout.Run[Any] | None = None

    def __call__(self, workers: int, _chunk: int) -> Opening:
        def run(function: Function, items: Iterable[Any]) -> Iterable[Any]:
            self.last = turnout.run(function, items, executor=self.executor, workers=workers or None)
            return self.last.values()

        yield run


OURS = {f"turnout {name}": Ours(name) for name in ("auto", "sequential", "threads", "processes")}
EXTRA = {"dask": dask, "ray": ray}
FIELD: dict[str, Callable[[int, int], Opening]] = {
    "sequential loop": sequential,
    "ThreadPoolExecutor": thread_executor,
    "multiprocessing ThreadPool": thread_pool,
    "joblib threading": joblib_on("threading"),
    "ProcessPoolExecutor, chunk 1": process_executor,
    "ProcessPoolExecutor, tuned": process_executor,
    "multiprocessing.Pool.map": pool_of("multiprocessing"),
    "multiprocess.Pool.map": pool_of("multiprocess"),
    "loky, tuned": loky,
    "joblib loky": joblib_on("loky"),
    "mpire": mpire,
    "pebble": pebble,
    **EXTRA,
    **OURS,
}
_MODULES = {
    "ProcessPoolExecutor": ("concurrent.futures.process", "multiprocessing.popen_fork", "multiprocessing.queues"),
    "ThreadPoolExecutor": ("concurrent.futures.thread",),
    "multiprocessing": ("multiprocessing.pool", "multiprocessing.popen_fork", "multiprocessing.queues"),
    "multiprocess": ("multiprocess.pool", "multiprocess.popen_fork", "multiprocess.queues"),
    "loky": ("loky", "loky.backend.popen_loky_posix"),
    "joblib": ("joblib", "joblib.externals.loky"),
    "mpire": ("mpire", "multiprocessing.popen_fork"),
    "pebble": ("pebble", "pebble.pool.process", "multiprocessing.popen_fork"),
    "dask": ("distributed",),
    "ray": ("ray",),
}


def opener(setting: Setting) -> Callable[[], AbstractContextManager[Map]]:
    """Return what opens a pool, with everything imported that it needs."""
    first = setting.peer.split()[0].partition(".")[0].rstrip(",")
    for name in _MODULES.get(first, ()):
        import_module(name)
    if first == "turnout":
        for name in ("sequential", "threads", "processes"):
            executor_class(name)
        import_module("turnout.pipeline._autopilot")  # or the first automatic run would load it
        _ = turnout.run
    return contextmanager(lambda: FIELD[setting.peer](setting.workers, setting.chunk))


def settings(workload: Workload, extra: Iterable[str] = ()) -> list[Setting]:
    """Return every way in which peers are tried at a workload."""
    tried = [Setting("sequential loop", 1)]
    for peer, threads in (
        ("ThreadPoolExecutor", (2, WIDE, WIDEST)),
        ("multiprocessing ThreadPool", (2, WIDE)),
        ("joblib threading", (2, WIDE)),
    ):
        tried += [Setting(peer, workers) for workers in threads]
    counts = (2, WIDE) if workload.waits else (2,)
    for workers in counts:
        tried += [
            Setting("ProcessPoolExecutor, chunk 1", workers, 1),
            Setting("joblib loky", workers),
            Setting("mpire", workers),
        ]
        for peer in ("ProcessPoolExecutor, tuned", "multiprocessing.Pool.map", "multiprocess.Pool.map", "loky, tuned"):
            tried += [Setting(peer, workers, chunk) for chunk in workload.chunks]
        tried += [Setting("pebble", workers, chunk) for chunk in workload.chunks]
    tried += [Setting("multiprocessing.Pool.map", workers) for workers in (2, WIDE)]
    tried += [Setting(peer, 2, chunk) for peer in extra for chunk in workload.chunks]
    return tried


def our_settings(workload: Workload, which: str) -> list[Setting]:
    """Return turnout's settings: its own choice, or every named executor as a stand-in for it."""
    if which == "auto":
        return [Setting("turnout auto", 0)]
    named = [
        Setting("turnout sequential", 1),
        *(Setting("turnout threads", workers) for workers in (2, WIDE, WIDEST)),
        Setting("turnout processes", 2),
    ]
    return [*named, Setting("turnout processes", WIDE)] if workload.waits else named
