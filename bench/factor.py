"""The course's 10,000 factorisations: 2 processes against a plain loop, start-up of the workers included."""

from collections.abc import Callable
from functools import partial
from multiprocessing import Pool

from _contenders import WORKERS, consume, turnout_on
from _harness import Verdict, interleave, start, wall_s
from _work import factors, numbers

COUNT = 10_000
TIMES_FASTER = 1.8


def ours() -> Callable[[], object]:
    return partial(turnout_on, "processes", factors, numbers(COUNT))


def loop() -> Callable[[], object]:
    items = numbers(COUNT)
    return lambda: consume(map(factors, items))


def control() -> Callable[[], object]:
    """Return what two processes gain at best on this machine just now: each is given its half at once."""
    items = numbers(COUNT)

    def work() -> None:
        with Pool(WORKERS) as pool:
            consume(pool.map(factors, items, chunksize=COUNT // (8 * WORKERS)))

    return work


CONTENDERS = {"turnout": ours, "plain loop": loop, "multiprocessing.Pool.map": control}


def judge() -> list[Verdict]:
    timings = interleave(__file__, list(CONTENDERS), repeats=7)
    mine, plain, pool = (wall_s(timings[name]) for name in CONTENDERS)
    ratio = plain / mine
    return [
        Verdict(
            what="10,000 factorisations on 2 processes",
            found=f"{ratio:.2f} x a plain loop",
            bar=f"at least {TIMES_FASTER} x",
            met=ratio >= TIMES_FASTER,
            details=f"turnout {mine:.3f} s, plain loop {plain:.3f} s, multiprocessing.Pool.map {pool:.3f} s "
            f"({plain / pool:.2f} x: what this machine gives now)",
        )
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
