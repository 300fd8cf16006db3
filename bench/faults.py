"""What is lost when something goes wrong, with every peer: ``python bench/faults.py --rows raise,exit``.

Each cell is a process of its own in a session of its own, with a time limit; whatever it leaves behind is counted and
ended. 200 items of 2 ms, two workers; item 50 is guilty.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

import _fault_work as work
import _peers
import turnout
from _cells import Cell, run_cell
from _fault_peers import FIELD, OURS, PEERS, Function, nested_in
from _harness import Verdict, show

LIMIT_S = 8
ITEM_LIMIT_S = 3.0  # where an item never ends, told to every peer that takes one
AT_ONCE = 3  # cells; most of those that take long only wait
FEW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        what: In words, as a heading.
        function: Does it, at item 50; None for one that opens pools itself.
        make: Makes the items.
        count: How many results there are to be.
        good: How many of them are to be values, at least.
        limit_s: How long a cell may take.
        item_limit_s: What peers are told an item may take.
        prepare: Called before the pool is opened.
        interrupt: Whether Ctrl-C is pressed.
        for_asyncio: Whether coroutine functions do it too.
    """

    what: str
    function: Function | None
    make: Callable[[], Iterable[Any]] = lambda: range(work.COUNT)
    count: int = work.COUNT
    good: int = work.COUNT - 1
    limit_s: float = LIMIT_S
    item_limit_s: float | None = None
    prepare: Callable[[], None] = lambda: None
    interrupt: bool = False
    for_asyncio: bool = False


FAULTS = {
    "raise": Fault(what="raises", function=work.fail, for_asyncio=True),
    "exit": Fault(what="`os._exit`", function=work.leave),
    "kill": Fault(what="SIGKILL", function=work.be_killed),
    "segv": Fault(what="SIGSEGV", function=work.read_nowhere),
    "memory": Fault(what="MemoryError", function=work.lack_memory),
    "oom": Fault(what="the kernel's out-of-memory killer", function=work.anger_the_kernel),
    "argument": Fault(
        what="argument does not pickle",
        function=work.ignore_type,
        make=lambda: [*range(work.GUILTY), Lock(), *range(work.GUILTY + 1, work.COUNT)],
    ),
    "result": Fault(what="result does not pickle", function=work.keep_to_itself),
    "error": Fault(what="exception does not pickle", function=work.raise_secret),
    "one-way": Fault(what="exception does not unpickle", function=work.raise_one_way),
    "hang": Fault(
        what="never ends", function=work.never_end, limit_s=2 * LIMIT_S, item_limit_s=ITEM_LIMIT_S, for_asyncio=True
    ),
    "endless": Fault(
        what="endless source, 200 read", function=work.ordinary, make=work.SlowSource, good=work.COUNT, for_asyncio=True
    ),
    "ctrl-c": Fault(
        what="Ctrl-C in 12 s items",
        function=work.be_long,
        make=lambda: range(6),
        limit_s=16,
        interrupt=True,
        for_asyncio=True,
    ),
    "lock": Fault(
        what="lock held at fork", function=work.need_guard, good=work.COUNT, prepare=lambda: work.hold_guard_for(0.5)
    ),
    "nested": Fault(
        what="pools in items", function=None, make=lambda: range(FEW), count=FEW, good=FEW, limit_s=5 * LIMIT_S
    ),
}
CTRL_C_S = 1.0  # until nobody is left


def play(name: str, fault: Fault) -> None:
    """Be a cell: run, and write a line for each result."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it
    function = fault.function or nested_in(name)
    items = fault.make()
    fault.prepare()
    try:
        for found in islice(FIELD[name](function, items, fault.item_limit_s), fault.count):
            tell(f"error {type(found).__name__}" if isinstance(found, BaseException) else "value")
    except Exception as error:  # noqa: BLE001  whatever the peer says
        tell(f"raised {type(error).__name__}")
    if isinstance(items, work.SlowSource):
        tell(f"pulled {items.pulled}")
    tell("end")


def tell(line: str) -> None:
    """Write a line at once, whatever happens next."""
    os.write(1, f"{line}\n".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of a cell.

    Attributes:
        text: In words.
        survived: Whether nothing but the guilty item was lost and nobody stayed behind.
    """

    text: str
    survived: bool


def judge_cell(fault: Fault, cell: Cell) -> Found:
    """Put a cell into words."""
    lines = cell.text.split("\n")
    values = lines.count("value")
    left = f", {cell.survivors} left behind" if cell.survivors else ""
    if fault.interrupt:
        if cell.gone_s is None:
            return Found(text=f"> {fault.limit_s:.0f} s{left}", survived=False)
        return Found(text=f"{cell.gone_s:.2f} s", survived=cell.gone_s <= CTRL_C_S)
    share = f"{values} of {max(values, fault.good)}"
    pulled = [f", {int(line.split()[1]):,} pulled" for line in lines if line.startswith("pulled")]
    if cell.code is None:
        how = "hangs" if cell.idle else f"> {fault.limit_s:.0f} s"
        return Found(text=f"{how}, {share}{left}", survived=False)
    if "end" not in lines:
        return Found(text=f"program ends, {share}{left}", survived=False)
    raised = [line.split()[1] for line in lines if line.startswith("raised")]
    errors = dict.fromkeys(line.split()[1] for line in lines if line.startswith("error"))
    names = "/".join([*errors, *raised])
    words = f"{names + ', ' if names else ''}{share}{''.join(pulled)}, {cell.wall_s:.1f} s{left}"
    return Found(text=words, survived=values >= fault.good and not raised and not cell.survivors)


@contextmanager
def memory_group() -> Generator[str | None, None, None]:
    """Yield a control group with 100 MB, or None where none can be made or the kernel doesn't keep to it."""
    for root, limit in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        group = None
        try:
            if not (root / "cgroup.procs").exists():
                continue
            group = Path(mkdtemp(prefix="turnout-bench-", dir=root))
            (group / limit).write_text(str(100 * work.MB), encoding="ascii")
            program = f"import _fault_work as work; work.anger_the_kernel({work.GUILTY})"
            tried = subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, work.GROUP: str(group), "PYTHONPATH": str(Path(__file__).parent)},
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if tried.returncode != -9:  # noqa: PLR2004  the kernel kills
                continue
            yield str(group)
        except OSError:
            continue
        else:
            return
        finally:
            if group is not None:
                group.rmdir()
    yield None


def measure(rows: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], Found]:
    """Run the cells of a table."""

    def run(place: tuple[str, str]) -> Found:
        row, name = place
        fault = FAULTS[row]
        if name == "turnout asyncio" and not fault.for_asyncio:
            return Found(text="", survived=True)
        command = [_peers.python(), __file__, "--one", row, name]
        return judge_cell(
            fault, run_cell(command, limit_s=fault.limit_s, interrupt_at="ready" if fault.interrupt else None)
        )

    places = [(row, name) for row in rows for name in names]
    _peers.python()
    return dict(zip(places, turnout.run(run, places, executor="threads", workers=AT_ONCE).values(), strict=True))


def markdown(found: dict[tuple[str, str], Found]) -> str:
    """Return the table; a cell in bold lost nothing."""
    rows = dict.fromkeys(row for row, _ in found)
    names = dict.fromkeys(name for _, name in found)
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for row in rows:
        cells = [found[row, name] for name in names]
        texts = [f"**{cell.text}**" if cell.survived and cell.text else cell.text for cell in cells]
        lines.append(f"| {FAULTS[row].what} | {' | '.join(texts)} |")
    lost = [sum(not found[row, name].survived for row in rows) for name in names]
    return "\n".join([*lines, f"| not survived | {' | '.join(map(str, lost))} |"])


def judge(rows: Sequence[str] = (), names: Sequence[str] = ()) -> tuple[list[Verdict], str]:
    """Run the table; return what is judged, and the page."""
    rows, names = list(rows or FAULTS), list(names or FIELD)
    with memory_group() as group:
        if group is None and "oom" in rows:
            rows.remove("oom")
        os.environ[work.GROUP] = group or ""
        found = measure(rows, names)
    notes = "" if group else "\nThe kernel's out-of-memory killer was left out: no control group can be made here.\n"
    survived = {name: sum(found[row, name].survived for row in rows) for name in names}
    best = max((name for name in names if name in PEERS), key=survived.__getitem__, default=None)
    verdicts = [
        Verdict(
            what=f"faults survived by {name}",
            found=f"{survived[name]} of {len(rows)}",
            bar="all",
            met=survived[name] == len(rows),
            details=f"the best peer, {best}: {survived[best]}" if best else "",
        )
        for name in names
        if name in OURS and ("processes" in name or "auto" in name)
    ]
    show(verdicts)
    return verdicts, f"{HEAD}\n{markdown(found)}\n{notes}"


HEAD = """200 items of 2 ms on two workers, item 50 guilty (20 items where items open pools themselves). A cell tells
what was raised, how many results of the others came, and when the program ended; bold: all came and nobody stayed
behind. Each peer ran by its own map, read on past an error where its iterator lets one; each that takes a time limit
was given 3 s for the item that never ends.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="", help=f"of {', '.join(FAULTS)} (default: all)")
    parser.add_argument("--names", default="", help=f"separated by semicolons, of {', '.join(FIELD)} (default: all)")
    asked = parser.parse_args()
    _, text = judge([row for row in asked.rows.split(",") if row], [name for name in asked.names.split(";") if name])
    print(f"\n{text}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        play(sys.argv[3], FAULTS[sys.argv[2]])
    else:
        main()
