"""Finds a symbol in a program's file, and where the system has put it in memory."""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SYMBOL_TABLES = (2, 11)  # SHT_SYMTAB, SHT_DYNSYM
_LOADED = 1  # PT_LOAD
_SYMBOL = struct.Struct("<IBBHQQ")  # Elf64_Sym
_SECTION = struct.Struct("<IIQQQQIIQQ")  # Elf64_Shdr
_SEGMENT = struct.Struct("<IIQQQQQQ")  # Elf64_Phdr
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")  # Elf64_Ehdr


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something with a name in a program's file.

    Attributes:
        address: Where the file would have it.
        size: Bytes.
        base: Where the file would have its first loaded byte, rounded to the page.
    """

    address: int
    size: int
    base: int


def find_symbol(path: Path, name: str) -> Symbol | None:
    """Return the symbol, or None if the file has none of that name, or is no 64-bit ELF file.

    Source: System V ABI, ELF-64 object file format.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _find(data, name)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None


def _find(data: mmap.mmap, name: str) -> Symbol | None:
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < _HEADER.size:  # 64 bits, little-endian
        return None
    header = _HEADER.unpack_from(data)
    segments_at, sections_at = header[5], header[6]
    segment_size, segment_count, section_size, section_count = header[9], header[10], header[11], header[12]
    try:
        base = _base(data, segments_at, segment_size, segment_count)
        sections = [_SECTION.unpack_from(data, sections_at + number * section_size) for number in range(section_count)]
        for section in sections:
            if section[1] not in _SYMBOL_TABLES:
                continue
            names = sections[section[6]]
            wanted = set(_places(data, name.encode() + b"\0", names[4], names[5]))
            for word, address, size in _symbols(data, section[4], section[5]) if wanted else ():
                if word in wanted and address:
                    return Symbol(address, size, base)
    except (struct.error, IndexError, OverflowError):  # cut off, or damaged
        return None
    return None


def _places(data: mmap.mmap, text: bytes, at: int, length: int) -> Iterator[int]:
    """Yield where a table of names has this one, which may be the end of a longer one."""
    place = data.find(text, at, at + length)
    while place >= 0:
        yield place - at
        place = data.find(text, place + 1, at + length)


def _base(data: mmap.mmap, at: int, size: int, count: int) -> int:
    for number in range(count):
        kind, _flags, offset, address, *_ = _SEGMENT.unpack_from(data, at + number * size)
        if kind == _LOADED:
            return int(address - offset)
    return 0


def _symbols(data: mmap.mmap, at: int, length: int) -> Iterator[tuple[int, int, int]]:
    table = data[at : at + length - length % _SYMBOL.size]
    for word, _info, _other, _section, address, size in _SYMBOL.iter_unpack(table):
        yield word, address, size
