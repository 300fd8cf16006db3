"""What a process has open, what lies in its memory and what it does with signals, for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from turnout.observe import Descriptor, DescriptorKind, Descriptors, MemoryMap, Region, Signals, Socket
from turnout.report._machine_costs import binary_size
from turnout.report._process_layout import Layout, heading, indented, rows_of
from turnout.report._words import MISSING, plain, plural

_PLURALS = {
    DescriptorKind.DIRECTORY: "directories",
    DescriptorKind.SHARED_MEMORY: "pieces of shared memory",
    DescriptorKind.OTHER: "others",
}
_STANDARD = 31  # signals that have names of their own everywhere; the others are for programs to use
_MANY = 24
_LIBRARIES = 8


def descriptor_parts(descriptors: Descriptors, layout: Layout) -> Iterator[RenderableType]:
    """Yield what a process has open."""
    count = len(descriptors.entries)
    limit = "" if descriptors.limit is None else f" of at most {descriptors.limit:,}"
    kinds = ", ".join(_kinds(kind, number) for kind, number in descriptors.counts.items())
    yield heading("Descriptors", f"{count:,}{limit}{': ' if kinds else ''}{kinds}")
    rows = [_descriptor(one, layout) for one in layout.shown(descriptors.entries)]
    if rows:
        yield indented(rows_of(">fd|access|kind|*what", rows), *layout.rest(count))


def memory_parts(memory_map: MemoryMap, layout: Layout) -> Iterator[RenderableType]:
    """Yield what lies in the memory of a process."""
    code = "" if memory_map.code_bytes is None else f"{binary_size(memory_map.code_bytes)} are machine code; "
    yield heading("Memory map", f"{code}its share: pages divided by how many have them")
    total = _sum(memory_map.regions)
    rows = [_region(one) for one in (*memory_map.regions, total)]
    yield indented(rows_of("region|>addresses|>resident|>its share|>mappings", rows))
    if memory_map.libraries:
        shown = memory_map.libraries if layout.rows is None else memory_map.libraries[:_LIBRARIES]
        more = len(memory_map.libraries) - len(shown)
        libraries = [_library(one) for one in shown]
        rest = [Text(f"and {more:,} more; --all shows them", style="dim")] if more else []
        yield indented(Text(""), rows_of(">resident|>its share|*shared library", libraries), *rest)


def signal_parts(signals: Signals) -> Iterator[RenderableType]:
    """Yield what a process does with signals."""
    yield heading("Signals", "those neither handled nor ignored do what they do by default")
    rows = (
        ("handled", signals.handled),
        ("ignored", signals.ignored),
        ("blocked", signals.blocked),
        ("pending", signals.pending),
    )
    yield indented(
        *(Text(f"{name:<9}", style="bold").append(signal_list(names), style="not bold") for name, names in rows)
    )


def signal_list(names: Sequence[str]) -> str:
    """Return names of signals in one line; those for programs to use are counted where there are many."""
    if not names:
        return "none"
    usable = [name for name in names if name.startswith("SIGRT") or name[3:].isdecimal()]
    if len(names) < _MANY or not usable:
        return ", ".join(names)
    standard = [name for name in names if name not in usable]
    return ", ".join([*standard, f"{len(usable)} of the real-time signals"])


def socket_ends(socket: Socket) -> str:
    """Return the ends of a socket as a clause: ``"TCP 127.0.0.1:80 to 127.0.0.1:4711, established"``."""
    name = " ".join(filter(None, (socket.family, socket.type if socket.family in {"Unix", "raw"} else None)))
    ends = " to ".join(plain(end, 160) for end in (socket.local, socket.remote) if end)
    return ", ".join(
        filter(None, (f"{plain(name, 60)} {ends}".strip(), plain(socket.state or "", 60), _queued(socket)))
    )


def access(reads: bool | None, writes: bool | None) -> str:  # noqa: FBT001  two alike
    """Return how something is open: ``"read"``, ``"write"``, ``"both"``."""
    if reads is None or writes is None:
        return MISSING
    return {(True, True): "both", (True, False): "read", (False, True): "write"}.get((reads, writes), "neither")


def _kinds(kind: DescriptorKind, count: int) -> str:
    return f"{count:,} {_PLURALS[kind]}" if count > 1 and kind in _PLURALS else plural(count, kind)


def _descriptor(one: Descriptor, layout: Layout) -> tuple[str | Text, ...]:
    what = Text(plain(one.target, layout.chars) if one.socket is None else socket_ends(one.socket))
    flags = [flag for flag in one.flags if flag != "closed on exec"]  # Python's own way, so nearly all of them
    position = [f"at byte {one.position_bytes:,}"] if one.position_bytes else []
    remarks = ", ".join(filter(None, (plain(one.detail, layout.chars), *position, *flags)))
    what.append(f"  {remarks}" if remarks else "", style="dim")
    return str(one.number), access(one.reads, one.writes), str(one.kind), what


def _queued(socket: Socket) -> str | None:
    if socket.state == "listening":  # the numbers then count connections
        return None
    parts = ((socket.unread_bytes, "unread"), (socket.unsent_bytes, "unsent"))
    return ", ".join(f"{size:,} bytes {what}" for size, what in parts if size)


def _sum(regions: Sequence[Region]) -> Region:
    known = all(one.resident_bytes is not None for one in regions)
    return Region(
        name="all",
        mapping_count=sum(one.mapping_count for one in regions),
        size_bytes=sum(one.size_bytes for one in regions),
        resident_bytes=sum(one.resident_bytes or 0 for one in regions) if known else None,
        proportional_bytes=sum(one.proportional_bytes or 0 for one in regions) if known else None,
        swapped_bytes=sum(one.swapped_bytes or 0 for one in regions) if known else None,
    )


def _region(one: Region) -> tuple[str | Text, ...]:
    swapped = f"  {binary_size(one.swapped_bytes)} swapped out" if one.swapped_bytes else ""
    name = Text(plain(one.name, 60), style="bold" if one.name == "all" else "").append(swapped, style="dim")
    return (
        name,
        _size(one.size_bytes),
        _size(one.resident_bytes),
        _size(one.proportional_bytes),
        f"{one.mapping_count:,}",
    )


def _library(one: Region) -> tuple[str | Text, ...]:
    return _size(one.resident_bytes), _size(one.proportional_bytes), plain(one.name, 300)


def _size(size_bytes: int | None) -> str:
    return MISSING if size_bytes is None else binary_size(size_bytes)
