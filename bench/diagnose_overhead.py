"""What looking at a program costs it: ``python bench/diagnose_overhead.py``.

Each program times its own work; bare, under ``turnout diagnose`` and under ``py-spy record`` at its usual 100 looks a
second, in turn. turnout looks a thousand times.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import _peers
from _harness import Verdict, environment, show

REPEATS = 11
MOST = 0.03
SPIN = """
import threading, time
def spin(count):
    total = 0
    for number in range(count):
        total += number
    return total
"""
PROGRAMS = {
    "one thread that computes": SPIN + "def work(): spin(20_000_000)\n",
    "four threads that compute": SPIN
    + """
def work():
    threads = [threading.Thread(target=spin, args=(5_000_000,)) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
""",
    "a thread that asks a socket": """
import socket, threading, time
ours, theirs = socket.socketpair()
def serve():
    while theirs.recv(1): theirs.send(b"x")
threading.Thread(target=serve, daemon=True).start()
def work():
    for _ in range(300):
        ours.send(b"x")
        ours.recv(1)
        time.sleep(0.002)
""",
    "100 threads that wait and compute": SPIN
    + """
def some():
    for _ in range(80):
        time.sleep(0.01)
        spin(2_000)
def work():
    threads = [threading.Thread(target=some) for _ in range(100)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
""",
}
END = """
began = time.perf_counter()
work()
print(time.perf_counter() - began, flush=True)
"""


def commands(script: str, folder: str) -> dict[str, list[str]]:
    """Return how the program is run bare and by each observer."""
    spy = str(Path(_peers.python()).parent / "py-spy")
    return {
        "bare": [sys.executable, script],
        "turnout": [sys.executable, "-m", "turnout", "diagnose", "--quiet", script],
        "py-spy": [spy, "record", "--output", f"{folder}/out.svg", "--", sys.executable, script],
    }


def judge() -> list[Verdict]:
    """Measure what looking costs each program."""
    verdicts = []
    for name, source in PROGRAMS.items():
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "program.py"
            script.write_text(source + END, encoding="utf-8")
            asked = commands(str(script), folder)
            times: dict[str, list[float]] = {contender: [] for contender in asked}
            for _ in range(REPEATS):
                for contender, command in asked.items():
                    times[contender].append(_seconds(command))
        found = {contender: median(taken) for contender, taken in times.items()}
        cost = {contender: found[contender] / found["bare"] - 1 for contender in ("turnout", "py-spy")}
        verdicts.append(
            Verdict(
                what=f"diagnosing {name}",
                found=f"{100 * cost['turnout']:+.1f} % of its time",
                bar=f"at most {100 * MOST:.0f} %",
                met=cost["turnout"] <= MOST,
                details=f"bare {found['bare']:.3f} s, py-spy record {100 * cost['py-spy']:+.1f} %",
            )
        )
    return verdicts


def _seconds(command: list[str]) -> float:
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    for line in done.stdout.splitlines():
        try:
            return float(line)
        except ValueError:
            continue
    raise SystemExit(f"{command[0]} told no time: {done.stderr[-500:]}")


if __name__ == "__main__":
    found = judge()
    show(found)
    sys.exit(not all(verdict.met for verdict in found))
