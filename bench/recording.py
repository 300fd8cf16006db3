"""What recording spans costs: an item of a long map on threads, and a run of 1 ms items."""

from collections.abc import Callable
from functools import partial

from _contenders import turnout_on
from _harness import Verdict, cpu_s, interleave, start
from _work import noop, spin

NOOPS = range(200_000)
ROUNDS = 25_000  # about 1 ms
SPINS = 1_000
LIMIT_US = 2.0
LIMIT_SHARE = 0.03


def noops(*, trace: bool) -> Callable[[], object]:
    return partial(turnout_on, "threads", noop, NOOPS, trace=trace)


def spins(*, trace: bool) -> Callable[[], object]:
    return partial(turnout_on, "threads", spin, [ROUNDS] * SPINS, trace=trace)


CONTENDERS = {
    "no-ops, recorded": partial(noops, trace=True),
    "no-ops": partial(noops, trace=False),
    "1 ms items, recorded": partial(spins, trace=True),
    "1 ms items": partial(spins, trace=False),
}


def judge() -> list[Verdict]:
    """Compare CPU time, which a busy machine disturbs less than wall time."""
    timings = interleave(__file__, list(CONTENDERS), repeats=7)
    recorded, bare, long_recorded, long_bare = (cpu_s(timings[name]) for name in CONTENDERS)
    item_us = 1e6 * (recorded - bare) / len(NOOPS)
    share = long_recorded / long_bare - 1
    return [
        Verdict(
            what="recording an item on threads",
            found=f"{item_us:.2f} µs of CPU",
            bar=f"less than {LIMIT_US:.0f} µs",
            met=item_us < LIMIT_US,
            details=f"{len(NOOPS):,} no-ops: {recorded:.3f} s recorded, {bare:.3f} s not",
        ),
        Verdict(
            what="recording a run of 1 ms items",
            found=f"{share:+.1%} of its CPU time",
            bar=f"less than {LIMIT_SHARE:.0%}",
            met=share < LIMIT_SHARE,
            details=f"{SPINS:,} items: {long_recorded:.3f} s recorded, {long_bare:.3f} s not",
        ),
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
