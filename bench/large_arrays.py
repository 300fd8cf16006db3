"""64 arrays of 4 MB each way on two processes, cold, against the peers; they come from an iterator, so they travel."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing import Pool
from typing import Any

import turnout
from _contenders import WORKERS, consume
from _harness import Prepare, Verdict, cpu_s, interleave, start, wall_s
from _peers import python
from _work import arrays, plus_one

COUNT = 64
SIZE = 1 << 22
BAR = 0.35


def ours(start_method: str) -> Prepare:
    def prepare() -> Callable[[], object]:
        turnout.executor("processes")
        items = arrays(COUNT, SIZE)
        return lambda: consume(
            turnout.run(
                plus_one, iter(items), executor="processes", workers=WORKERS, start_method=start_method
            ).values()
        )

    return prepare


def peer(run: Callable[..., None], *modules: str) -> Prepare:
    def prepare() -> Callable[[], object]:
        return partial(run, *(import_module(name) for name in modules), arrays(COUNT, SIZE))

    return prepare


def on_pool(items: Iterable[Any]) -> None:
    with Pool(WORKERS) as pool:
        consume(pool.imap(plus_one, items))
        pool.close()
        pool.join()


def on_executor(items: Iterable[Any]) -> None:
    with ProcessPoolExecutor(WORKERS) as pool:
        consume(pool.map(plus_one, items))


def on_joblib(joblib: Any, items: Iterable[Any]) -> None:
    call = joblib.delayed(plus_one)
    with joblib.parallel_config(backend="loky", n_jobs=WORKERS):
        consume(joblib.Parallel(batch_size=1)(call(item) for item in items))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)


CONTENDERS: dict[str, Prepare] = {
    "turnout (fork)": ours("fork"),
    "ProcessPoolExecutor": peer(on_executor),
    "multiprocessing.Pool.imap": peer(on_pool),
    "joblib": peer(on_joblib, "joblib"),
    "turnout (forkserver)": ours("forkserver"),
}


def judge() -> list[Verdict]:
    timings = interleave(__file__, list(CONTENDERS), repeats=7, python=python())
    walls = {name: wall_s(runs) for name, runs in timings.items()}
    ratio = walls["turnout (fork)"] / walls["ProcessPoolExecutor"]
    details = ", ".join(f"{name} {took:.3f} s ({cpu_s(timings[name]):.3f} s on a core)" for name, took in walls.items())
    return [
        Verdict(
            what=f"{COUNT} arrays of {SIZE >> 20} MB each way on processes",
            found=f"{ratio:.2f} x the time of ProcessPoolExecutor",
            bar=f"at most {BAR} x",
            met=ratio <= BAR,
            details=f"{details}; a core's time is that of the parent",
        )
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
