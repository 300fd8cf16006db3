"""Results as Markdown."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import geometric_mean, median

from choice._catalogue import AUTO, SEQUENTIAL
from choice._measure import Runs, usable
from choice._regret import NOTABLE, Regret, best_of, chance, median_of, regret_of, summary
from choice._workload import Workload

ADDED_LIMIT_MS = 1.0
TEXT_LIMIT = 60
NONE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """A workload and its runs."""

    workload: Workload
    runs: Runs

    @property
    def times(self) -> dict[str, float]:
        """The median time of each contender that ran it well, seconds."""
        return {name: median_of([run.wall_s for run in done]) for name, done in self.runs.items() if usable(done)}

    @property
    def regret(self) -> Regret:
        """What the automatic choice cost."""
        return regret_of(self.times, auto=str(AUTO), sequential=str(SEQUENTIAL))

    @property
    def chance(self) -> float | None:
        """The regret of the best fixed choice itself; None if there is one run only."""
        fixed = {name: done for name, done in self.runs.items() if name != str(AUTO) and usable(done)}
        return chance({name: [run.wall_s for run in done if run.wall_s is not None] for name, done in fixed.items()})

    @property
    def auto_problem(self) -> str:
        """Why the automatic choice does not count; empty if it does."""
        return next((run.problem for run in self.runs.get(str(AUTO), []) if run.problem), "")


def regrets(rows: Sequence[Row]) -> str:
    """Return the table of the automatic choice, and the figures for all."""
    head = (
        "workload", "character", "best fixed", "s", "auto chose", "s", "regret", "auto / sequential", "added ms",
    )  # fmt: skip
    return table(head, [_regret_cells(row) for row in rows]) + "\n" + "".join(f"- {line}\n" for line in _totals(rows))


def fixed(rows: Sequence[Row]) -> str:
    """Return the table of the fixed choices: the best one's time, and each one's over it."""
    names = list(dict.fromkeys(name for row in rows for name in row.runs if name != str(AUTO)))
    # by executor, as workloads differ in which they have
    order = ["sequential", "threads", "processes", "asyncio"]
    names.sort(key=lambda name: order.index(name.partition(" ")[0]))
    return table(("workload", "character", "best fixed", "s", *names), [_fixed_cells(row, names) for row in rows])


def nature(rows: Sequence[Row]) -> str:
    """Return the table of what the workloads were seen to be like, which load hides less than times.

    Workers that are ready: 1 of the plain loop is computing, 0 waiting; 1 of two threads is computing under the GIL,
    2 without it. Time on a core of two processes over that of the plain loop shows what sending costs.
    """
    names = (str(SEQUENTIAL), "threads x 2", "processes x 2")
    head = ("workload", "CPU s", *(f"ready, {name}" for name in names), "CPU of processes x 2 / sequential")
    return table(head, [_nature_cells(row, names) for row in rows])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def seconds(time: float) -> str:
    """Return a time as seconds, with so many digits that a millisecond of work can be read, too."""
    return NONE if time == inf else f"{time:.3f}" if time >= 0.01 else f"{time:.6f}"  # noqa: PLR2004  10 ms


def _regret_cells(row: Row) -> list[str]:
    found = row.regret
    start = [row.workload.name, row.workload.character, found.best or NONE, seconds(found.best_s)]
    if found.auto_s == inf:
        return [*start, _short(row.auto_problem) or "not run", NONE, NONE, NONE, NONE]
    over = f"{found.over_sequential:.2f}" if found.sequential_s < inf else NONE
    added = f"{found.added_ms:.2f}" if row.workload.is_tiny else ""
    return [*start, _chosen(row), seconds(found.auto_s), f"{found.ratio:.2f}", over, added]


def _chosen(row: Row) -> str:
    counted = Counter(run.chose for run in row.runs[str(AUTO)] if run.chose)
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{name} ({count})" for name, count in counted.most_common()) or "not told"


def _fixed_cells(row: Row, names: Sequence[str]) -> list[str]:
    times = {name: time for name, time in row.times.items() if name != str(AUTO)}
    best = best_of(times)
    best_s = inf if best is None else times[best]
    cells = [_fixed_cell(row, name, times.get(name), best_s) for name in names]
    return [row.workload.name, row.workload.character, best or NONE, seconds(best_s), *cells]


def _fixed_cell(row: Row, name: str, time: float | None, best_s: float) -> str:
    if time is not None:
        return f"{time / best_s:.2f}"
    return _short(next((run.problem for run in row.runs.get(name, []) if run.problem), ""))


def _nature_cells(row: Row, names: Sequence[str]) -> list[str]:
    counted = {name: row.runs[name] for name in names if usable(row.runs.get(name, []))}
    cpu = {name: median_of([run.cpu_s for run in runs]) for name, runs in counted.items()}
    ready = {name: median_of([run.ready for run in runs]) for name, runs in counted.items()}
    loop_s, apart_s = cpu.get(names[0], inf), cpu.get(names[-1], inf)
    told = [f"{ready[name]:.2f}" if ready.get(name, inf) < inf else NONE for name in names]
    ratio = f"{apart_s / loop_s:.1f}" if apart_s < inf and 0 < loop_s < inf else NONE
    return [row.workload.name, seconds(loop_s), *told, ratio]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 3] + "..."


def _totals(rows: Sequence[Row]) -> list[str]:
    ratios = {row.workload.name: row.regret for row in rows if not row.workload.is_tiny}
    failed = [row.workload.name for row in rows if row.regret.auto_s == inf]
    tiny = [row for row in rows if row.workload.is_tiny and row.workload.name not in failed]
    added = {row.workload.name: row.regret.added_ms for row in tiny}
    lines = []
    if (total := summary(ratios)) is not None:
        lines.append(
            f"regret over {len(ratios) - len(total.failed)} workloads: median {total.middle:.2f}, "
            f"geometric mean {total.mean:.2f}, worst {total.worst[1]:.2f} ({total.worst[0]}), "
            f"{total.notable} above {NOTABLE}"
        )
        by_chance = [one for row in rows if not row.workload.is_tiny and (one := row.chance) is not None]
        if by_chance:
            lines.append(
                "by chance alone, the best fixed choice timed by a run that had no say in choosing it: median "
                f"{median(by_chance):.2f}, geometric mean {geometric_mean(by_chance):.2f}, worst {max(by_chance):.2f}, "
                f"{sum(one > NOTABLE for one in by_chance)} above {NOTABLE}"
            )
        name, ratio = total.worst_over_sequential
        lines.append(f"worst auto / sequential: {ratio:.2f} ({name})")
    if added:
        worst = max(added, key=added.__getitem__)
        within = sum(ms < ADDED_LIMIT_MS for ms in added.values())
        lines.append(
            f"work under 5 ms, judged by what is added: worst {added[worst]:.2f} ms ({worst}), "
            f"{within} of {len(added)} under {ADDED_LIMIT_MS:g} ms"
        )
    if failed:
        lines.append(f"auto could not be counted on {len(failed)}: {', '.join(failed)}")
    return lines
