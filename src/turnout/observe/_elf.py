"""Finds a symbol in a program's file, and where the system has put it in memory."""

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
        data = path.read_bytes()
    except OSError:
        return None
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
            for word, address, size in _symbols(data, section[4], section[5]):
                place = names[4] + word
                if address and data[place : place + len(name) + 1] == name.encode() + b"\0":
                    return Symbol(address, size, base)
    except (struct.error, IndexError, OverflowError):  # cut off, or damaged
        return None
    return None


def _base(data: bytes, at: int, size: int, count: int) -> int:
    for number in range(count):
        kind, _flags, offset, address, *_ = _SEGMENT.unpack_from(data, at + number * size)
        if kind == _LOADED:
            return int(address - offset)
    return 0


def _symbols(data: bytes, at: int, length: int) -> Iterator[tuple[int, int, int]]:
    table = data[at : at + length - length % _SYMBOL.size]
    for word, _info, _other, _section, address, size in _SYMBOL.iter_unpack(table):
        yield word, address, size
