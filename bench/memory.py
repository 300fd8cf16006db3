"""Memory over an endless iterator: what the process and its workers hold must not grow."""

import json
import subprocess
import sys
from itertools import count
from time import perf_counter

import psutil

import turnout
from _harness import Verdict, environment, show
from _work import noop

LIMIT_MB = 20
WARM = 50_000  # items until buffers have found their size
EVERY = 20_000  # items between two looks
ITEMS = 2_500_000  # more than the spans that are kept
SECONDS = 20


async def wait_for_nothing(item: object) -> object:
    """Return the item."""
    return item


def resident_mb() -> float:
    """Return what this process and its children hold, MB."""
    here = psutil.Process()
    return sum(process.memory_info().rss for process in (here, *here.children(recursive=True))) / 1e6


def growth(executor: str) -> tuple[float, int]:
    """Return the greatest growth after the start, MB, and how many items that took."""
    function = wait_for_nothing if executor == "asyncio" else noop
    outcomes = iter(turnout.run(function, count(), executor=executor, workers=2))
    base = worst = 0.0
    began = perf_counter()
    done = 0
    for done, _ in enumerate(outcomes, 1):
        if done == WARM:
            base = worst = resident_mb()
        elif done % EVERY == 0 and done > WARM:
            worst = max(worst, resident_mb())
            if done >= ITEMS or perf_counter() - began > SECONDS:
                break
    return worst - base, done


def judge() -> list[Verdict]:
    verdicts = []
    for executor in ("threads", "processes", "asyncio"):
        command = [sys.executable, __file__, "--one", executor]
        ran = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
        grown_mb, items = json.loads(ran.stdout)
        verdicts.append(
            Verdict(
                what=f"memory over an endless iterator, {executor}",
                found=f"{grown_mb:+.1f} MB after {items:,} items",
                bar=f"within {LIMIT_MB} MB",
                met=grown_mb <= LIMIT_MB,
            )
        )
    return verdicts


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(growth(sys.argv[2])))
    else:
        show(judge())
