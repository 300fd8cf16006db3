"""What an item costs on a Dask cluster, against a crew of local processes and against Dask by itself.

Each contender has two workers that wait already; only the work is timed. Prints the table of docs/how-to/scale-out.md.
"""

import sys
from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import Any

from distributed import Client

import turnout
from turnout.executors._dask_cluster import LocalDask

WORKERS = 2
REPEATS = 3
SIZES = ((0.0, 1), (0.000_01, 20_000), (0.001, 2_000), (0.01, 200), (0.1, 20))  # seconds of an item, and how many
UNBATCHED = 200  # items for `client.map`, which takes milliseconds for each


def spin(seconds: float) -> float:
    """Compute for so long."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass
    return seconds


def consume(values: Iterable[Any]) -> None:
    for _ in values:
        pass


def timed_ms(work: Callable[[list[float]], None], items: list[float]) -> float:
    """Return the wall time of an item, milliseconds."""
    begun = perf_counter()
    work(items)
    return (perf_counter() - begun) * 1000 / len(items)


def main() -> None:
    cluster = LocalDask(WORKERS)
    with (
        Client(cluster.address) as client,  # type: ignore[no-untyped-call]  # it has no types
        turnout.executor("processes", WORKERS) as processes,
        turnout.executor("dask", WORKERS, address=cluster.address) as dask,
    ):
        contenders: dict[str, Callable[[list[float]], None]] = {
            "processes": lambda items: consume(processes.stream(spin, items)),
            "dask": lambda items: consume(dask.stream(spin, items)),
            "client.map": lambda items: consume(client.gather(client.map(spin, items, pure=False))),
        }
        for work in contenders.values():
            work([0.0] * 10)
        print("| an item of | items | processes | turnout on Dask | client.map |\n|---|---|---|---|---|")
        for seconds, count in SIZES:
            items = [seconds] * count
            took: dict[str, list[float]] = {name: [] for name in contenders}
            for _ in range(REPEATS):
                for name, work in contenders.items():
                    took[name].append(timed_ms(work, items[:UNBATCHED] if name == "client.map" else items))
            cells = [f"{median(runs):.3g} ms" for runs in took.values()]
            print(f"| {seconds * 1000:g} ms | {count:,} | {' | '.join(cells)} |")
            sys.stdout.flush()
    cluster.close()


if __name__ == "__main__":
    main()
