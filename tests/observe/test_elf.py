"""Symbols in programs' files."""

import ctypes
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.observe._elf import find_symbol

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="its programs are no ELF files")

NAMES = b"\0other\0_PyRuntime\0"
NAMED = 7  # where the second one begins
SYMBOLS_AT, NAMES_AT, SECTIONS_AT, SEGMENTS_AT = 0x200, 0x280, 0x300, 64


def a_file(*, address: int = 0x4010, base: int = 0x400000, kind: int = 2) -> bytes:
    """Return a small program with two symbols."""
    data = bytearray(0x400)
    data[:64] = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0, SEGMENTS_AT, SECTIONS_AT, 0, 64, 56, 2, 64, 3, 2
    )
    data[64:120] = struct.pack("<IIQQQQQQ", 6, 4, 64, 64, 64, 112, 112, 8)  # PT_PHDR
    data[120:176] = struct.pack("<IIQQQQQQ", 1, 5, 0x1000, base + 0x1000, 0, 0x400, 0x400, 4096)
    data[SYMBOLS_AT : SYMBOLS_AT + 72] = struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0) + b"".join(
        struct.pack("<IBBHQQ", name, 1, 0, 1, place, size) for name, place, size in ((1, 16, 4), (NAMED, address, 8))
    )
    data[NAMES_AT : NAMES_AT + len(NAMES)] = NAMES
    sections = (
        struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, SYMBOLS_AT, 72, 2, 0, 8, 24),
        struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, NAMES_AT, len(NAMES), 0, 0, 1, 0),
    )
    data[SECTIONS_AT : SECTIONS_AT + 192] = b"".join(sections)
    return bytes(data)


def library_of_this_interpreter() -> tuple[Path, int]:
    """Return the file that has the interpreter's code, and where its first byte lies."""
    address = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    starts: dict[str, int] = {}
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        words = line.split(maxsplit=5)
        if len(words) < 6 or not words[5].startswith("/"):
            continue
        start, _, end = words[0].partition("-")
        starts.setdefault(words[5], int(start, 16))
        if int(start, 16) <= address < int(end, 16):
            return Path(words[5]), starts[words[5]]
    # what begins as zeros lies behind the file's last mapping, and has no name
    name, start_at = max(((name, start) for name, start in starts.items() if start < address), key=lambda one: one[1])
    return Path(name), start_at


def test_the_runtime_of_this_interpreter_is_where_ctypes_says() -> None:
    path, start = library_of_this_interpreter()

    symbol = find_symbol(path, "_PyRuntime")

    assert symbol is not None
    address = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    assert symbol.address + start - symbol.base == address
    assert symbol.size > 0


def test_another_exported_symbol_is_where_ctypes_says() -> None:
    path, start = library_of_this_interpreter()

    symbol = find_symbol(path, "Py_Version")

    assert symbol is not None
    number = ctypes.c_ulong.in_dll(ctypes.pythonapi, "Py_Version")
    assert symbol.address + start - symbol.base == ctypes.addressof(number)
    assert symbol.size == ctypes.sizeof(ctypes.c_ulong)


@pytest.mark.parametrize("kind", [2, 11])
def test_a_symbol_of_either_table_is_found_with_its_base(tmp_path: Path, kind: int) -> None:
    file = tmp_path / "program"
    file.write_bytes(a_file(kind=kind))

    symbol = find_symbol(file, "_PyRuntime")

    assert symbol is not None
    assert (symbol.address, symbol.size, symbol.base) == (0x4010, 8, 0x400000)


@pytest.mark.parametrize("name", ["_PyRunti", "PyRuntime2", "_PyRuntime_", "", "другое"])
def test_only_the_whole_name_counts(tmp_path: Path, name: str) -> None:
    file = tmp_path / "program"
    file.write_bytes(a_file())

    assert find_symbol(file, name) is None


@pytest.mark.parametrize(("address", "kind"), [(0, 2), (0x4010, 3)], ids=["not defined here", "another table"])
def test_what_is_not_defined_here_is_not_found(tmp_path: Path, address: int, kind: int) -> None:
    file = tmp_path / "program"
    file.write_bytes(a_file(address=address, kind=kind))

    assert find_symbol(file, "_PyRuntime") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + bytes(200), b"\x7fELF\x02\x02" + bytes(200), bytes(4096)],
    ids=["empty", "four bytes", "a script", "32 bits", "big-endian", "zeros"],
)
def test_what_is_no_such_file_has_no_symbols(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "program"
    file.write_bytes(content)

    assert find_symbol(file, "_PyRuntime") is None


def test_what_cannot_be_read_has_no_symbols(tmp_path: Path) -> None:
    assert find_symbol(tmp_path / "missing", "_PyRuntime") is None
    assert find_symbol(tmp_path, "_PyRuntime") is None


def test_a_file_that_is_cut_off_anywhere_has_no_symbols(tmp_path: Path) -> None:
    whole, file = a_file(), tmp_path / "program"

    for length in range(0, SECTIONS_AT + 192, 8):
        file.write_bytes(whole[:length])
        assert find_symbol(file, "_PyRuntime") is None


@given(damage=st.lists(st.tuples(st.integers(0, 0x3BF), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6))
def test_a_damaged_file_never_raises(tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, bytes]]) -> None:
    data = bytearray(a_file())
    for place, part in damage:
        data[place : place + len(part)] = part
    file = tmp_path_factory.mktemp("damaged") / "program"
    file.write_bytes(data)

    found = find_symbol(file, "_PyRuntime")

    assert found is None or found.address > 0


@pytest.mark.parametrize("place", [32, 40], ids=["segments", "sections"])
def test_tables_beyond_all_addresses_are_damage(tmp_path: Path, place: int) -> None:
    data = bytearray(a_file())
    data[place : place + 8] = b"\xff" * 8
    file = tmp_path / "program"
    file.write_bytes(data)

    assert find_symbol(file, "_PyRuntime") is None
