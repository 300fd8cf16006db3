"""Whether the lag probe sees a block of 120 ms, and what it costs.

seeing    a program in asyncio's loop blocks it 40 times for 120 ms, at times that the probe cannot know; what the
          probe says is held against how long each block really was
costing   the CPU time that a program takes that waits in the loop, with the probe and its watchdog, and without
          them; each in a process of its own, in turn
"""

import asyncio
import json
import random
import subprocess
import sys
from statistics import median
from time import perf_counter, process_time

from _harness import TIMEOUT_S, Verdict, environment, show

BLOCKS = 40
BLOCK_S = 0.12
WITHIN = 0.15
MOST = 0.01
IDLE_S = 4.0
TURNS = 5


async def see() -> dict[str, list[float]]:
    """Block the loop again and again; return how long each block was, and how long the probe says."""
    from turnout.events import AsyncioLoop, Emitter  # noqa: PLC0415  only one process pays for it

    real, seen = [], []
    chance = random.Random(1)  # noqa: S311  so that runs are alike
    async with AsyncioLoop(Emitter(), block_s=0.05) as loop:
        for _ in range(BLOCKS):
            await asyncio.sleep(0.05 + chance.random() * 0.02)
            known = len(loop.lag.blocks)
            real.append(block())
            await asyncio.sleep(0.03)
            blocks = [one.took_ns / 1e9 for one in loop.lag.blocks[known:]]
            seen.append(max(blocks, default=0.0))
    return {"real": real, "seen": seen}


def block() -> float:
    """Compute for a while, and return for how long."""
    begin = perf_counter()
    while perf_counter() - begin < BLOCK_S:
        pass
    return perf_counter() - begin


async def idle(*, probed: bool) -> float:
    """Wait in the loop, and return the share of a core that it took."""
    from turnout.events import AsyncioLoop, Emitter  # noqa: PLC0415  as above

    if not probed:
        return await share()
    async with AsyncioLoop(Emitter()):
        return await share()


async def share() -> float:
    begin, cpu = perf_counter(), process_time()
    await asyncio.sleep(IDLE_S)
    return (process_time() - cpu) / (perf_counter() - begin)


def run(*words: str) -> str:
    command = [sys.executable, __file__, *words]
    ran = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=True)
    return ran.stdout


def judge() -> list[Verdict]:
    found = json.loads(run("--see"))
    errors = [seen / real - 1 for seen, real in zip(found["seen"], found["real"], strict=True)]
    worst = max(errors, key=abs)
    shares: dict[str, list[float]] = {"--probed": [], "--plain": []}
    for _ in range(TURNS):
        for name, taken in shares.items():
            taken.append(float(run(name)))
    cost = median(shares["--probed"]) - median(shares["--plain"])
    return [
        Verdict(
            what="a block of 120 ms, as the lag probe sees it",
            found=f"{median(errors):+.1%} in the middle, {worst:+.1%} at worst of {BLOCKS}",
            bar=f"within {WITHIN:.0%}",
            met=abs(worst) <= WITHIN,
            details=f"median {median(found['seen']) * 1e3:.0f} ms of {median(found['real']) * 1e3:.0f} ms",
        ),
        Verdict(
            what="what the lag probe costs",
            found=f"{cost:.2%} of a core",
            bar=f"less than {MOST:.0%}",
            met=cost < MOST,
            details=f"probed {median(shares['--probed']):.2%}, plain {median(shares['--plain']):.2%} of a core",
        ),
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--see"]:
            print(json.dumps(asyncio.run(see())))
        case ["--probed" | "--plain" as name]:
            print(asyncio.run(idle(probed=name == "--probed")))
        case _:
            show(judge())
