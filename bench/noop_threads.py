"""100,000 no-ops on threads, against the standard library's pool: what handing over an item costs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from _contenders import WORKERS, consume, turnout_on
from _harness import Verdict, interleave, start, wall_s
from _work import noop

ITEMS = range(100_000)
TIMES_FASTER = 5


def ours() -> Callable[[], object]:
    return partial(turnout_on, "threads", noop, ITEMS)


def standard() -> Callable[[], object]:
    def work() -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            consume(pool.map(noop, ITEMS))

    return work


CONTENDERS = {"turnout": ours, "ThreadPoolExecutor.map": standard}


def judge() -> list[Verdict]:
    timings = interleave(__file__, list(CONTENDERS), repeats=5)
    mine, theirs = (wall_s(timings[name]) for name in CONTENDERS)
    ratio = theirs / mine
    return [
        Verdict(
            what="100,000 no-ops on threads",
            found=f"{ratio:.1f} x the throughput of ThreadPoolExecutor.map",
            bar=f"at least {TIMES_FASTER} x",
            met=ratio >= TIMES_FASTER,
            details=f"turnout {mine:.3f} s, ThreadPoolExecutor.map {theirs:.3f} s",
        )
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
