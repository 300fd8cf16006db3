"""A process for a terminal."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from turnout.observe import (
    Account,
    CommandLine,
    CpuTime,
    Environment,
    MemoryUse,
    Owner,
    Process,
    Python,
    Relative,
    Scheduling,
    ThreadState,
    Unknown,
)
from turnout.report._machine_costs import binary_size
from turnout.report._paper import paper
from turnout.report._process_connections import connection_parts
from turnout.report._process_holdings import descriptor_parts, memory_parts, signal_parts
from turnout.report._process_layout import Layout, Untold, heading, indented, not_told
from turnout.report._process_threads import stack_parts, thread_parts
from turnout.report._words import duration, listed, plain, plural

NARROWEST = 60
WIDEST = 130
_ROWS = 20
_VALUE_CHARS = 160
_LABEL_WIDTH = 11
_ACCENT = "cyan"
_STATES = {
    ThreadState.RUNNING: "it runs, or is ready to and waits for a core",
    ThreadState.SLEEPING: "it waits for something, and a signal can wake it",
    ThreadState.WAITING: "it waits in the kernel, for a disk mostly, and no signal can wake it",
    ThreadState.STOPPED: "a signal stopped it; SIGCONT lets it go on",
    ThreadState.TRACED: "a debugger has stopped it",
    ThreadState.ZOMBIE: "it has ended, and stays listed until its parent asks how",
    ThreadState.DEAD: "it is about to vanish",
    ThreadState.IDLE: "a thread of the kernel without work",
    ThreadState.PARKED: "a thread of the kernel whose core is switched off",
    ThreadState.OTHER: "it is not known what it does",
}


def process_text(process: Process, width: int = 100, *, colour: bool = False, everything: bool = False) -> str:
    """Return the process as lines of at most ``width`` columns, each ended by a newline.

    Args:
        process: What to show.
        width: Columns; taken as 60 if less, as 130 if more.
        colour: Whether to put in ANSI colours.
        everything: Whether to show all of every list, and values in full, instead of their beginnings.
    """
    width = min(WIDEST, max(NARROWEST, width))
    console, sink = paper(width, colour=colour)
    layout = Layout(width=width, rows=None if everything else _ROWS, chars=100_000 if everything else _VALUE_CHARS)
    for part in _parts(process, layout):
        console.print(part)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) + "\n"


def _parts(process: Process, layout: Layout) -> Iterator[RenderableType]:
    yield Text(f"Process {process.pid}", style="bold").append(f"  {plain(process.name, 40)}", style=_ACCENT)
    yield _facts(process, layout)
    untold = Untold()
    yield from untold.or_else("environment", process.environment, lambda one: _environment(one, layout))
    yield from untold.or_else("descriptors", process.descriptors, lambda one: descriptor_parts(one, layout))
    yield from untold.or_else("memory map", process.memory_map, lambda one: memory_parts(one, layout))
    yield from untold.or_else("signals", process.signals, signal_parts)
    yield from untold.or_else(
        "connections", process.channels, lambda one: connection_parts(one, process.pid, layout, untold)
    )
    yield from untold.or_else("threads", process.threads, lambda one: thread_parts(one, layout))
    if process.python is not None:
        yield from stack_parts(process.python.stacks, process.threads, layout)
    yield from untold.parts()


def _facts(process: Process, layout: Layout) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", width=_LABEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    kind = "kernel thread, " if process.kernel_thread else ""
    rows: tuple[tuple[str, str | Text | None], ...] = (
        ("state", f"{kind}{process.state}: {_state(process)}"),
        ("command", _command(process.command_line, layout)),
        ("program", _told(process.executable, layout)),
        ("Python", None if process.python is None else _python(process.python)),
        ("directory", _told(process.working_directory, layout)),
        ("parent", _relative(process.parent, process.pid)),
        ("group", _relative(process.group, process.pid)),
        ("session", _relative(process.session, process.pid)),
        *_owner(process.owner),
        ("started", _started(process)),
        ("scheduling", _scheduling(process.scheduling)),
        ("switches", _switches(process.scheduling)),
        ("CPU time", _cpu_time(process.cpu_time)),
        ("memory", _memory(process.memory)),
    )
    for label, words in rows:
        if words is not None:
            table.add_row(label, words if isinstance(words, Text) else Text(words))
    return table


def _state(process: Process) -> str:
    if process.state is ThreadState.ZOMBIE and not isinstance(process.threads, Unknown) and len(process.threads) > 1:
        return "its main thread has ended, and others go on"
    return _STATES[process.state]


def _told(value: str | Unknown, layout: Layout) -> Text:
    return not_told(value) if isinstance(value, Unknown) else Text(plain(value, max(300, layout.chars)))


def _command(command_line: CommandLine | Unknown, layout: Layout) -> Text:
    if isinstance(command_line, Unknown):
        return not_told(command_line)
    if not command_line.words:
        return Text("it has cleared its command line", style="dim")
    text = Text(plain(" ".join(map(_quoted, command_line.words)), max(500, layout.chars)))
    count = command_line.masked_count
    return text.append(f"  ({plural(count, 'word')} masked)" if count else "", style="dim")


def _quoted(word: str) -> str:
    return f"'{word}'" if not word or any(character.isspace() for character in word) else word


def _python(python: Python) -> str:
    name = f"{python.implementation} {plain(python.version or 'of an unknown version', 30)}"
    threaded = " free-threaded" if python.free_threaded else ""
    return f"{name}{threaded} ({plain(python.evidence, 120)})"


def _relative(relative: Relative | Unknown, pid: int) -> Text:
    if isinstance(relative, Unknown):
        return not_told(relative)
    if relative.pid == pid:
        return Text(f"{pid}, of which it is the leader")
    if not relative.pid:
        return Text("0: the kernel's, or outside of this container", style="dim")
    return Text(f"{relative.pid}  {plain(relative.name, 40) if relative.name else '(it is gone, or cannot be seen)'}")


def _owner(owner: Owner | Unknown) -> tuple[tuple[str, Text | None], ...]:
    if isinstance(owner, Unknown):
        return (("user", not_told(owner)),)
    user, users = Text(_account(owner.user)), Text(_account(owner.group))
    for text, real, effective in (
        (user, owner.user, owner.effective_user),
        (users, owner.group, owner.effective_group),
    ):
        if effective != real:
            text.append(f", with the rights of {_account(effective)}", style="bold")
    further = [_account(one) for one in owner.further_groups if one != owner.group]
    users.append(f"; also of {listed(further)}" if further else "")
    return ("user", user), ("user group", users)


def _account(account: Account) -> str:
    if account.number is None:
        return plain(account.name or "unknown", 60)
    return f"{plain(account.name, 60)} ({account.number})" if account.name else f"{account.number}, without a name"


def _started(process: Process) -> Text:
    if isinstance(process.age_s, Unknown):
        return not_told(process.age_s)
    when = "" if isinstance(process.started, Unknown) else f"{plain(process.started, 40).replace('T', ' ', 1)}, "
    return Text(f"{when}{duration(process.age_s)} ago")


def _scheduling(scheduling: Scheduling | Unknown) -> Text:
    if isinstance(scheduling, Unknown):
        return not_told(scheduling)
    parts = [str(scheduling.policy)] if scheduling.policy else []
    parts += [f"priority {scheduling.realtime_priority}"] if scheduling.realtime_priority else []
    parts += [f"nice {scheduling.nice}"] if scheduling.nice is not None else []
    parts += [f"may run on cores {plain(scheduling.allowed_cpus, 60)}"] if scheduling.allowed_cpus else []
    parts += [f"ran last on {scheduling.last_cpu}"] if scheduling.last_cpu is not None else []
    return Text(", ".join(parts))


def _switches(scheduling: Scheduling | Unknown) -> str | None:
    if isinstance(scheduling, Unknown) or scheduling.voluntary_switches is None:
        return None
    waits, had_to = (
        plural(count or 0, "time") for count in (scheduling.voluntary_switches, scheduling.involuntary_switches)
    )
    return f"its main thread left its core {waits} to wait, and {had_to} because it had to"


def _cpu_time(cpu_time: CpuTime | Unknown) -> Text:
    if isinstance(cpu_time, Unknown):
        return not_told(cpu_time)
    text = Text(f"{duration(cpu_time.user_s)} in its own code, {duration(cpu_time.system_s)} in the kernel")
    children_s = (cpu_time.children_user_s or 0.0) + (cpu_time.children_system_s or 0.0)
    return text.append(f"; its ended children {duration(children_s)}" if children_s else "")


def _memory(memory: MemoryUse | Unknown) -> Text:
    if isinstance(memory, Unknown):
        return not_told(memory)
    parts = (
        (memory.anonymous_bytes, "its own data"),
        (memory.file_bytes, "of files"),
        (memory.shared_bytes, "shared memory"),
    )
    split = ", ".join(f"{binary_size(size)} {what}" for size, what in parts if size is not None)
    text = Text(f"{binary_size(memory.resident_bytes)} resident").append(f" ({split})" if split else "", style="dim")
    text.append(f", {binary_size(memory.address_space_bytes)} of addresses")
    text.append(f", {binary_size(memory.swapped_bytes)} swapped out" if memory.swapped_bytes else "")
    return text.append(f"; at most {binary_size(memory.peak_resident_bytes)}" if memory.peak_resident_bytes else "")


def _environment(environment: Environment, layout: Layout) -> Iterator[RenderableType]:
    count = len(environment.variables)
    masked = environment.masked_count
    hidden = f", {masked} of them masked, wholly or in part" if masked else ", none masked"
    yield heading("Environment", f"{plural(count, 'variable')}{hidden}; as it was when the process was started")
    lines = []
    for one in layout.shown(environment.variables):
        value = plain(one.value, layout.chars)
        lines.append(
            Text(plain(one.name, layout.chars), style="bold").append("=", style="dim").append(value, style="not bold")
        )
    yield indented(*lines, *layout.rest(count))
