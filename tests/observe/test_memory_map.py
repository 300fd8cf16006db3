"""What lies in the memory of a process."""

import pytest

from turnout.observe import Region, RegionKind
from turnout.observe._mappings import parse_mappings
from turnout.observe._memory_map import summarise

EXE = "/usr/bin/my program (new)"
COUNTS = "Size:    16 kB\nRss:      8 kB\nPss:      4 kB\nSwap:     4 kB\n"


def smaps(*places: str, counts: str = COUNTS) -> str:
    """Return mappings of 16 KiB each, the first one at 0x10000."""
    starts = range(0x10000, 0x10000 * (len(places) + 1), 0x10000)
    return "".join(
        f"{start:x}-{start + 0x4000:x} {place}\n{counts}" for start, place in zip(starts, places, strict=True)
    )


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (f"r-xp 00000000 fe:00 9          {EXE}", RegionKind.PROGRAM),
        (f"rw-p 00000000 fe:00 9          {EXE}", RegionKind.PROGRAM),
        ("r-xp 00000000 fe:00 9          /usr/lib/libm.so.6", RegionKind.LIBRARY),
        ("r-xp 00000000 fe:00 9          /usr/lib/libold.so (deleted)", RegionKind.LIBRARY),
        ("rw-p 00000000 00:00 0          [heap]", RegionKind.HEAP),
        ("rw-p 00000000 00:00 0          [stack]", RegionKind.STACK),
        ("rw-p 00000000 00:00 0 ", RegionKind.ANONYMOUS),
        ("rw-p 00000000 00:00 0          [anon:arena]", RegionKind.ANONYMOUS),
        ("rw-s 00000000 00:15 3          /dev/shm/psm_1", RegionKind.SHARED),
        ("rw-s 00000000 00:01 3          /dev/zero (deleted)", RegionKind.SHARED),
        ("rw-s 00000000 00:01 3          /memfd:label (deleted)", RegionKind.SHARED),
        ("rw-s 00000000 00:01 3          /SYSV0000002a (deleted)", RegionKind.SHARED),
        ("r--p 00000000 fe:00 9          /usr/share/locale.mo", RegionKind.FILE),
        ("rw-s 00000000 fe:00 9          /home/me/table.bin", RegionKind.FILE),
        ("rw-s 00000000 00:06 9          /dev/dri/card0", RegionKind.DEVICE),
        ("r-xp 00000000 00:00 0          [vdso]", RegionKind.KERNEL),
    ],
)
def test_each_mapping_is_told_by_what_it_is_for(place: str, kind: RegionKind) -> None:
    memory = summarise(parse_mappings(smaps(place)), EXE)

    assert [one.name for one in memory.regions] == [kind]


def test_sizes_are_added_up_for_each_kind() -> None:
    mappings = parse_mappings(smaps("rw-p 00000000 00:00 0 ", "rw-p 00000000 00:00 0 "))

    memory = summarise(mappings, EXE)

    assert memory.regions == (
        Region(
            name="anonymous",
            mapping_count=2,
            size_bytes=32 << 10,
            resident_bytes=16 << 10,
            proportional_bytes=8 << 10,
            swapped_bytes=8 << 10,
        ),
    )


def test_the_stacks_of_threads_are_found_by_where_they_are_in_use() -> None:
    mappings = parse_mappings(smaps("rw-p 00000000 00:00 0 ", "rw-p 00000000 00:00 0 "))

    memory = summarise(mappings, EXE, [0x13FF8, 0x99999])

    assert [one.name for one in memory.regions] == [RegionKind.THREAD_STACK, RegionKind.ANONYMOUS]


def test_all_parts_of_a_library_are_one_entry_and_the_largest_comes_first() -> None:
    small, large = "/lib/small.so", "/lib/large.so"
    mappings = parse_mappings(
        smaps(
            f"r-xp 00000000 fe:00 8          {small}",
            f"r-xp 00000000 fe:00 9          {large}",
            f"rw-p 00000000 fe:00 9          {large}",
        )
    )

    memory = summarise(mappings, EXE)

    assert [(one.name, one.mapping_count) for one in memory.libraries] == [(large, 2), (small, 1)]
    assert memory.code_bytes == 16 << 10


def test_without_smaps_only_addresses_are_counted() -> None:
    mappings = parse_mappings(smaps("rw-p 00000000 00:00 0          [heap]", counts=""))

    (heap,) = summarise(mappings, EXE).regions

    assert (heap.size_bytes, heap.resident_bytes, heap.proportional_bytes) == (16 << 10, None, None)


def test_a_path_may_hold_a_space_and_a_new_line() -> None:
    (mapping,) = parse_mappings(smaps(r"r--p 00000000 fe:00 9          /home/a b\012c (deleted)"))

    assert mapping.path == "/home/a b\nc"
    assert mapping.deleted


def test_lines_that_are_not_understood_are_passed_over() -> None:
    assert parse_mappings("Rss: 4 kB\nnonsense\n\n") == ()
