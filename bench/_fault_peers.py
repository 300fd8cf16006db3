"""How each peer maps when something may go wrong: by its own map, read on past an error where that lets one."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from itertools import chain, repeat
from typing import Any

import turnout
from _fault_work import Twin, ordinary

Function = Callable[[Any], object]
Play = Callable[[Function, Iterable[Any], float | None], Iterator[object]]  # a value, or an error, for each item
WORKERS = 2


def read_on(results: Iterator[object]) -> Iterator[object]:
    """Yield values and errors, until the iterator ends or raises nothing new."""
    last: BaseException | None = None
    while True:
        try:
            yield next(results)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001  whatever the peer says
            if last is error:
                return
            yield error
            last = error


def executor_map(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
    with import_module("concurrent.futures").ProcessPoolExecutor(WORKERS) as pool:
        yield from read_on(pool.map(function, items, timeout=limit_s and 2 * limit_s))


def futures_of(kind: str) -> Play:
    def play(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
        with getattr(import_module("concurrent.futures"), kind)(WORKERS) as pool:
            for future in [pool.submit(function, item) for item in items]:
                try:
                    yield future.result(limit_s)
                except Exception as error:  # noqa: BLE001  whatever the peer says
                    yield error

    return play


def pool_of(module: str) -> Play:
    def play(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
        with import_module(module).Pool(WORKERS) as pool:
            results = pool.imap(function, items)
            yield from read_on(results if limit_s is None else until_late(results, limit_s))

    return play


def until_late(results: Any, limit_s: float) -> Iterator[object]:  # a pool's iterator
    """Yield results; a late one ends it, since it stays the next one."""
    for late_s in repeat(limit_s):
        try:
            yield results.next(late_s)
        except StopIteration:
            return


def joblib(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
    found = import_module("joblib")
    parallel = found.Parallel(WORKERS, backend="loky", return_as="generator", timeout=limit_s)
    yield from read_on(parallel(map(found.delayed(function), items)))


def mpire(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
    with import_module("mpire").WorkerPool(n_jobs=WORKERS) as pool:
        yield from read_on(pool.imap(function, ((item,) for item in items), chunk_size=1, task_timeout=limit_s))


def pebble(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
    with import_module("pebble").ProcessPool(max_workers=WORKERS) as pool:
        yield from read_on(pool.map(function, items, timeout=limit_s).result())


def ours(executor: str, start_method: str | None = None) -> Play:
    def play(function: Function, items: Iterable[Any], limit_s: float | None) -> Iterator[object]:
        options: dict[str, Any] = {} if limit_s is None else {"timeout_s": limit_s}
        work = Twin(function) if executor == "asyncio" else function  # type: ignore[arg-type]  # items are numbers here
        workers = None if executor == "auto" else WORKERS
        for outcome in turnout.run(
            work, items, executor=executor, workers=workers, start_method=start_method, **options
        ):
            yield outcome.error if isinstance(outcome, turnout.Failure) else outcome.value

    return play


OURS: dict[str, Play] = {
    "turnout processes": ours("processes"),
    "turnout processes, forkserver": ours("processes", "forkserver"),
    "turnout threads": ours("threads"),
    "turnout asyncio": ours("asyncio"),
    "turnout auto": ours("auto"),
}
PEERS: dict[str, Play] = {
    "ProcessPoolExecutor.map": executor_map,
    "ProcessPoolExecutor.submit": futures_of("ProcessPoolExecutor"),
    "ThreadPoolExecutor.submit": futures_of("ThreadPoolExecutor"),
    "multiprocessing.Pool.imap": pool_of("multiprocessing"),
    "multiprocess.Pool.imap": pool_of("multiprocess"),
    "joblib loky": joblib,
    "mpire": mpire,
    "pebble": pebble,
}
FIELD = {**OURS, **PEERS}


def nest(number: int, name: str) -> int:
    """Open a pool of the same kind inside an item."""
    values = FIELD[name](ordinary, range(4), None)
    return number if list(chain(values)) == list(range(4)) else -1


def nested_in(name: str) -> Function:
    """Return what opens a pool of that kind."""
    return partial(nest, name=name)
