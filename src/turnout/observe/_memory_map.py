"""What the mappings of a process are for, and how much of them is in memory.

What C and Python allocate is mostly anonymous: ``[heap]`` is only what the main thread's malloc got by moving its end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Mapping as Mapped

from turnout.observe._holdings import MemoryMap, MemoryUse, Region, RegionKind
from turnout.observe._mappings import Mapping
from turnout.observe._proc import Stat

_KERNELS_OWN = ("[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]", "[uprobes]", "[vectors]", "[sigpage]")
_NAMED = {"[heap]": RegionKind.HEAP, "[stack]": RegionKind.STACK} | dict.fromkeys(_KERNELS_OWN, RegionKind.KERNEL)


def summarise(mappings: Sequence[Mapping], executable: str | None, stack_pointers: Collection[int] = ()) -> MemoryMap:
    """Return what lies in memory.

    Args:
        mappings: Of one process.
        executable: The path of its program; None if it is not known.
        stack_pointers: Of its threads, by which their stacks are told from other anonymous memory.
    """
    libraries = {
        mapping.path
        for mapping in mappings
        if "x" in mapping.permissions and mapping.path.startswith("/") and mapping.path != executable
    }
    by_kind = defaultdict(list)
    by_library = defaultdict(list)
    for mapping in mappings:
        kind = _kind(mapping, executable, libraries, stack_pointers)
        by_kind[kind].append(mapping)
        if kind is RegionKind.LIBRARY:
            by_library[mapping.path].append(mapping)
    found = (_region(path, parts) for path, parts in by_library.items())
    files = by_kind[RegionKind.PROGRAM] + by_kind[RegionKind.LIBRARY]
    return MemoryMap(
        regions=tuple(_region(kind, by_kind[kind]) for kind in RegionKind if by_kind[kind]),
        code_bytes=_total(mapping.resident_bytes for mapping in files if "x" in mapping.permissions),
        libraries=tuple(sorted(found, key=lambda one: (-(one.resident_bytes or one.size_bytes), one.name))),
    )


def read_memory(status: Mapped[str, str], stat: Stat) -> MemoryUse | None:
    """Return how much memory a process uses; None if it has none of its own."""
    resident_bytes = _kibibytes(status.get("VmRSS"))
    if resident_bytes is None:
        return None
    return MemoryUse(
        address_space_bytes=stat.address_space_bytes,
        resident_bytes=resident_bytes,
        peak_resident_bytes=_kibibytes(status.get("VmHWM")),
        anonymous_bytes=_kibibytes(status.get("RssAnon")),
        file_bytes=_kibibytes(status.get("RssFile")),
        shared_bytes=_kibibytes(status.get("RssShmem")),
        swapped_bytes=_kibibytes(status.get("VmSwap")),
    )


def is_shared_memory(mapping: Mapping) -> bool:
    """Tell whether other processes can have a mapping's memory, and it is memory, not a file on disk."""
    path = mapping.path
    return (mapping.shared and path.startswith(("/dev/shm/", "/memfd:", "/SYSV", "/dev/zero", "[anon_shmem"))) or (  # noqa: S108  where it is
        path.startswith("/SYSV") and mapping.deleted
    )


def _kind(
    mapping: Mapping, executable: str | None, libraries: Collection[str], stack_pointers: Collection[int]
) -> RegionKind:
    path = mapping.path
    if path in _NAMED:
        return _NAMED[path]
    if path and path == executable:
        return RegionKind.PROGRAM
    if is_shared_memory(mapping):
        return RegionKind.SHARED
    if path in libraries:
        return RegionKind.LIBRARY
    if path.startswith("/"):
        return RegionKind.DEVICE if path.startswith("/dev/") else RegionKind.FILE
    is_stack = any(mapping.start <= pointer < mapping.end for pointer in stack_pointers)
    return RegionKind.THREAD_STACK if is_stack else RegionKind.ANONYMOUS


def _region(name: str, parts: Sequence[Mapping]) -> Region:
    return Region(
        name=str(name),
        mapping_count=len(parts),
        size_bytes=sum(part.size_bytes for part in parts),
        resident_bytes=_total(part.resident_bytes for part in parts),
        proportional_bytes=_total(part.proportional_bytes for part in parts),
        swapped_bytes=_total(part.swapped_bytes for part in parts),
    )


def _total(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def _kibibytes(text: str | None) -> int | None:
    return None if not text else int(text.split()[0]) * 1024
