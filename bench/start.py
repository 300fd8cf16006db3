"""What a start costs: the command line, an import, a worker process."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from _harness import Verdict, environment, start

REPEATS = 15
TIMES_SLOWER = 4
WORKER_MODULES = 12

IMPORT = """
import json, sys
before = set(sys.modules)
import turnout
names = set(sys.modules) - before
print(json.dumps(sorted(n for n in names if "site-packages" in str(getattr(sys.modules[n], "__file__", "")))))
"""

WORKER = """
import json, turnout

def ours(_):
    import sys
    return sorted(name for name in sys.modules if name.partition(".")[0] == "turnout")

if __name__ == "__main__":
    with turnout.executor("processes", workers=1, start_method="spawn") as processes:
        print(json.dumps(processes.submit(ours, None).result()))
"""


def seconds(command: list[str]) -> float:
    """Time a command."""
    began = perf_counter()
    subprocess.run(command, env=environment(), stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - began


def told(script: str) -> list[str]:
    """Return the list that a script prints."""
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    return [str(name) for name in json.loads(ran.stdout)]


def judge() -> list[Verdict]:
    bare = [sys.executable, "-c", "pass"]
    helped = [str(Path(sys.executable).with_name("turnout")), "--help"]
    seconds(helped)  # compiles what was never compiled
    runs = [(seconds(bare), seconds(helped)) for _ in range(REPEATS)]
    bare_s, helped_s = (median(column) for column in zip(*runs, strict=True))
    third_party = told(IMPORT)
    worker = told(WORKER)
    return [
        Verdict(
            what="turnout --help",
            found=f"{helped_s / bare_s:.2f} x python -c pass",
            bar=f"within {TIMES_SLOWER} x",
            met=helped_s <= TIMES_SLOWER * bare_s,
            details=f"{1000 * helped_s:.0f} ms against {1000 * bare_s:.0f} ms",
        ),
        Verdict(
            what="third-party modules that import turnout loads",
            found=str(len(third_party)),
            bar="0",
            met=not third_party,
            details=", ".join(third_party),
        ),
        Verdict(
            what="our modules that a worker process loads",
            found=str(len(worker)),
            bar=f"at most {WORKER_MODULES}",
            met=len(worker) <= WORKER_MODULES,
            details=", ".join(worker),
        ),
    ]


if __name__ == "__main__":
    start({}, judge)
