"""The same map on each peer, cold: open, map, close."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from itertools import chain
from multiprocessing import Pool
from typing import Any

import turnout
from _harness import Prepare

for _needed in ("pool", "popen_fork", "queues"):  # which the first Pool would import, in timed time
    import_module(f"multiprocessing.{_needed}")

Function = Callable[[Any], object]  # takes whatever the items are
WORKERS = 2


def consume(values: Any) -> None:  # any iterable of results
    """Take all values and keep none."""
    deque(values, maxlen=0)


def turnout_on(executor: str, function: Function, items: Sequence[object], *, trace: bool = True) -> None:
    """Run without naming a chunk size, and take values, as the peers give them."""
    consume(turnout.run(function, items, executor=executor, workers=WORKERS, trace=trace).values())


def pool_imap(function: Function, items: Sequence[object], chunk: int) -> None:
    with Pool(WORKERS) as pool:
        consume(pool.imap(function, items, chunksize=chunk))
        pool.close()
        pool.join()


def executor_map(function: Function, items: Sequence[object], chunk: int) -> None:
    with ProcessPoolExecutor(WORKERS) as pool:
        consume(pool.map(function, items, chunksize=chunk))


def joblib_parallel(joblib: Any, function: Function, items: Sequence[object], chunk: int | str) -> None:
    """Run on joblib's own processes, ended with the run as all others are."""
    call = joblib.delayed(function)
    with joblib.parallel_config(backend="loky", n_jobs=WORKERS):
        consume(joblib.Parallel(batch_size=chunk)(call(item) for item in items))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)


def joblib_chunks(joblib: Any, function: Function, items: Sequence[object], chunk: int) -> None:
    """Run on joblib with chunks cut by hand: its own batches pickle a call for each item."""
    call = joblib.delayed(run_all)
    parts = (items[start : start + chunk] for start in range(0, len(items), chunk))
    with joblib.parallel_config(backend="loky", n_jobs=WORKERS):
        consume(chain.from_iterable(joblib.Parallel(batch_size=1)(call(function, part) for part in parts)))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)


def run_all(function: Function, items: Sequence[object]) -> list[object]:
    """Run a chunk."""
    return [function(item) for item in items]


def loky_map(loky: Any, function: Function, items: Sequence[object], chunk: int) -> None:
    with loky.ProcessPoolExecutor(WORKERS) as pool:
        consume(pool.map(function, items, chunksize=chunk))


def mpire_imap(mpire: Any, function: Function, items: Sequence[object], chunk: int | None) -> None:
    with mpire.WorkerPool(n_jobs=WORKERS) as pool:
        consume(pool.imap(function, [(item,) for item in items], chunk_size=chunk))


def process_contenders(
    function: Function, make_items: Callable[[], Sequence[object]], chunks: Sequence[int]
) -> dict[str, Prepare]:
    """Return turnout, and each peer with each chunk size, as ``peer@chunk``."""

    def ours() -> Callable[[], object]:
        turnout.executor("processes")  # imports what it needs, as each peer's preparation does
        return partial(turnout_on, "processes", function, make_items())

    def peer(run: Callable[..., None], chunk: int | str | None, module: str | None) -> Prepare:
        def prepare() -> Callable[[], object]:
            leading = () if module is None else (import_module(module),)
            return partial(run, *leading, function, make_items(), chunk)

        return prepare

    found: dict[str, Prepare] = {"turnout": ours}
    for chunk in chunks:
        found[f"multiprocessing.Pool.imap@{chunk}"] = peer(pool_imap, chunk, None)
        found[f"ProcessPoolExecutor@{chunk}"] = peer(executor_map, chunk, None)
        found[f"joblib@{chunk}"] = peer(joblib_chunks, chunk, "joblib")
        found[f"loky@{chunk}"] = peer(loky_map, chunk, "loky")
        found[f"mpire@{chunk}"] = peer(mpire_imap, chunk, "mpire")
    found["joblib@auto"] = peer(joblib_parallel, "auto", "joblib")
    found["mpire@default"] = peer(mpire_imap, None, "mpire")
    return found
