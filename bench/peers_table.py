"""Every peer at every workload, cold and warm: ``python bench/peers_table.py --rows w1,w4 --ours named --quick``.

Each run has a fresh process. Every setting is tried once; a peer that is near the best is measured again with its best
setting, and the best ones once more beside turnout, all in turn. Medians are compared.
"""

import argparse
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from statistics import median
from time import perf_counter
from typing import Any

import _peers
from _cells import run_cell
from _field import EXTRA, OURS, Setting, opener, our_settings, settings
from _harness import Verdict, show
from _workloads import WORKLOADS, Counted, Workload

SECOND_LOOK_S = 3.0  # a map that took longer isn't made a second time, warm
OVERHEAD_S = 0.001  # what turnout may take beside a few ms of work
DISPATCH = Setting("turnout threads", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to measure.

    Attributes:
        near: How many times slower than the best a peer may be that runs more than once.
        repeats: Runs of such a peer.
        finals: Further runs of the two best peers, and of turnout.
        limit_s: What a run may take.
        warm: Whether each run makes a second map on the same pool.
    """

    near: float
    repeats: int
    finals: int
    limit_s: float
    warm: bool


QUICK = Effort(near=1.5, repeats=2, finals=3, limit_s=10, warm=False)
FULL = Effort(near=3, repeats=5, finals=5, limit_s=60, warm=True)


@dataclass(slots=True, kw_only=True)
class Entry:
    """What was found of a setting.

    Attributes:
        cold_s: Open, map and close, of each run.
        warm_s: A second map on the same pool, of each run.
        pulled: Items that were pulled from an endless source, of each run.
        workers: What turnout's own choice had.
        executor: What turnout's own choice was.
        trouble: Why there are no times.
    """

    cold_s: list[float] = field(default_factory=list)
    warm_s: list[float] = field(default_factory=list)
    pulled: list[int] = field(default_factory=list)
    workers: int | None = None
    executor: str | None = None
    trouble: str = ""

    @property
    def cold(self) -> float:
        """The median, seconds; infinite if it never ended."""
        return median(self.cold_s) if self.cold_s and not self.trouble else float("inf")


Row = dict[Setting, Entry]
HEAD = """Cold time (open, map, close), ratio to the best peer of the column. Whoever took more than {near:g} times
the best ran once; a name is what was raised instead.

{legend}"""


def measure_once(row: str, setting: Setting, entry: Entry, effort: Effort) -> None:
    """Add a run to what was found."""
    command = [_peers.python(), __file__, "--one", row, str(setting), *["--warm"] * effort.warm]
    cell = run_cell(command, limit_s=effort.limit_s)
    if cell.code == 0:
        found = json.loads(cell.text.splitlines()[-1])
        entry.cold_s.append(found["cold_s"])
        entry.warm_s += [found["warm_s"]] * (found["warm_s"] is not None)
        entry.pulled += [found["pulled"]] * (found["pulled"] is not None)
        entry.workers, entry.executor = found["workers"], found["executor"]
    elif cell.code is None:
        entry.trouble = f"> {effort.limit_s:.0f} s"
    else:
        entry.trouble = cell.complaint.partition(":")[0].rpartition(".")[2] or f"status {cell.code}"


def measure(row: str, ours: str, extra: Sequence[str], effort: Effort) -> Row:
    """Measure a row."""
    workload = WORKLOADS[row]
    mine = our_settings(workload, ours)
    found: Row = {setting: Entry() for setting in (*mine, *settings(workload, extra))}
    if row == "w1":
        found.setdefault(DISPATCH, Entry())

    endless: dict[str, str] = {}  # peers of which no setting is worth its time limit any more

    def again(chosen: Iterable[Setting], times: int) -> None:
        chosen = list(chosen)
        for _ in range(times):
            for setting in chosen:
                if setting.peer in endless:
                    found[setting].trouble = endless[setting.peer]
                elif not found[setting].trouble:
                    measure_once(row, setting, found[setting], effort)
                    if found[setting].trouble and workload.taken is not None:
                        endless[setting.peer] = found[setting].trouble

    again(found, 1)
    near = effort.near * min(found[setting].cold for setting in found if setting not in mine)
    again([setting for setting in best_of_each(found) if found[setting].cold <= near], effort.repeats - 1)
    again([best_of(found, mine), *sorted(peers_of(found), key=lambda each: found[each].cold)[:2]], effort.finals)
    return found


def best_of(found: Row, chosen: Iterable[Setting]) -> Setting:
    """Return the fastest."""
    return min(chosen, key=lambda setting: found[setting].cold)


def peers_of(found: Row) -> list[Setting]:
    """Return each peer with its best setting."""
    return [setting for setting in best_of_each(found) if setting.peer not in OURS]


def best_of_each(found: Row) -> list[Setting]:
    """Return each contender with its best setting."""
    return [
        best_of(found, [each for each in found if each.peer == peer]) for peer in dict.fromkeys(e.peer for e in found)
    ]


def best_ours(found: Row) -> Setting:
    """Return turnout's own choice, or the best stand-in for it."""
    mine = [setting for setting in found if setting.peer in OURS]
    return best_of(found, [each for each in mine if each.peer == "turnout auto"] or mine)


def judge_row(row: str, found: Row) -> Verdict:
    """Compare turnout with the best peer."""
    mine, best = best_ours(found), best_of(found, peers_of(found))
    took, least = found[mine].cold, found[best].cold
    what = f"{row}, {WORKLOADS[row].what}"
    details = f"{_named(mine, found[mine])} {_seconds(took)}, {best} {_seconds(least)}"
    if row == "w0":
        return Verdict(
            what=f"{what}: time beside the best peer's",
            found=f"{1000 * (took - least):+.2f} ms" if isfinite(took) else "it did not end well",
            bar="at most 1 ms",
            met=took - least <= OVERHEAD_S,
            details=details,
        )
    return _ratio(what, took, (least, f"the best peer ({best.peer})"), 1.1, details)


def judge_bars(table: dict[str, Row]) -> list[Verdict]:
    """Compare turnout with what peers do best or worst."""
    verdicts = []
    for row, peer, limit in (
        ("w3", "multiprocessing.Pool.map", 1.0),
        ("w7", "multiprocessing.Pool.map", 1.0),
        ("w9", "multiprocessing.Pool.map", 1.0),
        ("w11", "multiprocess.Pool.map", 0.9),
        ("w5a", "ProcessPoolExecutor, tuned", 0.35),
        ("w6", "ProcessPoolExecutor, tuned", 0.35),
        ("w8", "", 1.0),
    ):
        if row in table:
            found = table[row]
            theirs = best_of(found, [each for each in peers_of(found) if each.peer == peer or not peer])
            words = "the best peer" if not peer else theirs.peer
            took = found[best_ours(found)].cold
            verdicts.append(_ratio(f"{row}, {WORKLOADS[row].what}", took, (found[theirs].cold, words), limit))
    if "w4" in table:
        mine = best_ours(table["w4"])
        entry = table["w4"][mine]
        ideal_s = 10 / (entry.workers or mine.workers)
        words = f"the ideal of {entry.workers or mine.workers} workers"
        verdicts.append(_ratio(f"w4, {WORKLOADS['w4'].what}", entry.cold, (ideal_s, words), 1.2))
    if "w1" in table:
        item_us = 1e6 * table["w1"][DISPATCH].cold / 100_000
        verdicts.append(
            Verdict(
                what="an item on threads",
                found=f"{item_us:.2f} µs",
                bar="at most 1 µs",
                met=item_us <= 1,
                details="w1 on 2 threads, their start and end included",
            )
        )
    return verdicts


def _ratio(what: str, took: float, theirs: tuple[float, str], limit: float, details: str = "") -> Verdict:
    least, words = theirs
    return Verdict(
        what=what,
        found=f"{took / least:.2f} x {words}" if isfinite(took) else "it did not end well",
        bar=f"at most {limit:.2f} x",
        met=took <= limit * least,
        details=details,
    )


def _named(setting: Setting, entry: Entry) -> str:
    if entry.trouble:
        return f"{setting.peer}: {entry.trouble}"
    if entry.executor is None:
        return str(setting)
    return f"{setting.peer} ({entry.executor}, {entry.workers} workers)"


def _seconds(took: float) -> str:
    if not isfinite(took):
        return "no time"
    return f"{took:.3f} s" if took >= 0.01 else f"{1000 * took:.2f} ms"  # noqa: PLR2004  where three digits are too few


def markdown(table: dict[str, Row], *, warm: bool) -> str:
    """Return a table of ratios to the best peer of each row."""
    peers = dict.fromkeys(setting.peer for found in table.values() for setting in found)
    best = {row: min(map(_time(found, warm=warm), peers_of(found))) for row, found in table.items()}
    lines = [
        f"| | {' | '.join(table)} |",
        f"|---|{'---|' * len(table)}",
        f"| best peer | {' | '.join(_seconds(best[row]) for row in table)} |",
    ]
    for peer in sorted(peers, key=lambda name: name in OURS):
        cells = []
        for row, found in table.items():
            mine = [setting for setting in found if setting.peer == peer]
            if not mine:
                cells.append("")
                continue
            took = min(map(_time(found, warm=warm), mine))
            trouble = found[mine[0]].trouble if took == float("inf") else ""
            cells.append(trouble or ("-" if took == float("inf") else _digits(took / best[row])))
        lines.append(f"| {peer} | {' | '.join(cells)} |")
    if not warm:
        times = {row: found[best_ours(found)].cold for row, found in table.items()}
        ours = [f"**{_digits(took / best[row])}**" if isfinite(took) else "-" for row, took in times.items()]
        lines.append(f"| **turnout / best peer** | {' | '.join(ours)} |")
    return "\n".join(lines)


def _time(found: Row, *, warm: bool) -> Any:  # a function from a setting to seconds
    def seconds(setting: Setting) -> float:
        entry = found[setting]
        if entry.trouble or not warm:
            return entry.cold
        return median(entry.warm_s) if entry.warm_s else float("inf")

    return seconds


def _digits(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2f}"  # noqa: PLR2004  two digits after the point


def page(table: dict[str, Row], effort: Effort) -> str:
    """Return what was found as Markdown."""
    legend = "".join(f"- {row}: {WORKLOADS[row].what}.\n" for row in table)
    parts = [HEAD.format(near=effort.near, legend=legend), markdown(table, warm=False)]
    if effort.warm:
        parts += [
            "\nWarm: a second map on the same pool; turnout keeps none, and begins anew.\n",
            markdown({row: found for row, found in table.items() if row != "w10"}, warm=True),
        ]
    if "w10" in table:
        pulled = [
            f"{setting.peer} {max(entry.pulled):,}"
            for setting in best_of_each(table["w10"])
            if (entry := table["w10"][setting]).pulled
        ]
        parts.append(f"\nw10, items pulled for 1,000 results: {', '.join(pulled)}.")
    return "\n".join(parts) + "\n"


def judge(
    rows: Sequence[str] = tuple(WORKLOADS), ours: str = "auto", extra: Sequence[str] = (), effort: Effort = QUICK
) -> tuple[list[Verdict], str]:
    """Measure the rows; return what is judged, shown already, and the page."""
    _peers.python(tuple(extra))
    table: dict[str, Row] = {}
    verdicts: list[Verdict] = []
    for row in rows:
        table[row] = measure(row, ours, extra, effort)
        verdicts.append(judge_row(row, table[row]))
        show(verdicts[-1:])
    bars = judge_bars(table)
    show(bars)
    return verdicts + bars, page(table, effort)


def one(workload: Workload, setting: Setting, *, warm: bool) -> dict[str, object]:
    """Time one setting in this process."""
    function, items = workload.make()
    opening = opener(setting)
    warm_s = None
    began = perf_counter()
    with opening() as run:
        take(run(function, items), workload.taken)
        mapped = perf_counter()
        if warm and workload.taken is None and mapped - began < SECOND_LOOK_S:
            take(run(function, items), None)
            warm_s = perf_counter() - mapped
    cold_s = perf_counter() - began - (warm_s or 0)
    choice: Any = getattr(OURS[setting.peer].last, "choice", None) if setting.peer in OURS else None
    return {
        "cold_s": cold_s,
        "warm_s": warm_s,
        "pulled": items.pulled if isinstance(items, Counted) else None,
        "workers": choice and choice.workers,
        "executor": choice and choice.executor,
    }


def take(values: Iterable[Any], count: int | None) -> None:
    """Take values, all for None, and keep none."""
    deque(values if count is None else islice(values, count), maxlen=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--rows", default=",".join(WORKLOADS), help="w1,w4 (default: all)")
    parser.add_argument("--ours", choices=["auto", "named"], default="auto", help="named: the best executor by name")
    parser.add_argument(
        "--with", dest="extra", default="", help=f"of {', '.join(EXTRA)}; installed when first asked for"
    )
    asked = parser.parse_args()
    extra = [name for name in asked.extra.split(",") if name]
    _, text = judge(asked.rows.split(","), asked.ours, extra, QUICK if asked.quick else FULL)
    print(f"\n{text}\nload average at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(WORKLOADS[sys.argv[2]], Setting.parse(sys.argv[3]), warm="--warm" in sys.argv)))
    else:
        main()
