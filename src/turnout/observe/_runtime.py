"""A Python interpreter in another process, read without stopping it."""

import re
import struct
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from turnout.errors import ObserveError
from turnout.observe._elf import find_symbol
from turnout.observe._layout import FRAME_BYTES, TABLE_BYTES, UNTOLD, Layout, layout_from_table
from turnout.observe._lines import line_at
from turnout.observe._memory import ProcessMemory, UnreadableError
from turnout.observe._recording import Frame, Stack

_SYMBOL = "_PyRuntime"
_NAME = re.compile(r"(lib)?python(?P<version>\d\.\d+)?[^/]*$")
_DEEPEST = 200  # frames
_PAGE = 4096  # bytes that are there all or none; most frames of a thread are in the page of its innermost one
_STACKS_KNOWN = 20_000
_INTERPRETERS, _THREADS = 64, 4096  # of a list that is read while it changes, at most
_LONGEST = 4096  # characters or bytes of a table
_SHIM = 3  # a frame's owner from which on it is none of Python's
_GIL_BYTES = 256  # the lock's structure, with its conditions and mutexes
_WORD = struct.Struct("<Q")
_TAG = ~3  # what is kept beside a pointer in its lowest bits, from 3.14 on


class UnknownPythonError(ObserveError):
    """It is a Python, but one whose inside is not known."""


class Gil(NamedTuple):
    """The global lock at a moment.

    Attributes:
        holder: Address of the thread state that has it; 0 if it is free.
        changes: How often it changed hands so far.
    """

    holder: int
    changes: int


@dataclass(frozen=True, slots=True)
class _Code:
    """What is known of a code object; nothing but its marks for what has no name.

    Attributes:
        marks: Where its names and its table are, and its first line; another one at the same address has others.
        frames: Its places by their instructions.
    """

    marks: tuple[int, ...]
    function: str | None = None
    file: str = "?"
    table: bytes = b""
    frames: dict[int, Frame] = field(default_factory=dict)


class Runtime:
    """The interpreters, threads, lock and stacks of a Python process.

    Args:
        memory: Of the process.
        address: Of its ``_PyRuntime``.
        layout: What is where.

    Attributes:
        layout: As given.
        lost_stacks: How many could not be read, since they changed meanwhile.
    """

    def __init__(self, memory: ProcessMemory, address: int, layout: Layout) -> None:
        self.layout = layout
        self.lost_stacks = 0
        self._memory = memory
        self._address = address
        self._codes: dict[int, _Code] = {}
        self._stacks: dict[tuple[int, ...], Stack] = {}  # by code objects and instructions
        self._interpreters: list[int] = []
        self._gils: list[range] = []
        self._gil_at = 0
        self._gil_said, self._gil_known = b"", Gil(0, 0)  # when it was read last
        self._gil = struct.Struct(f"<Qi{layout.gil_changes - layout.gil_holder - 12}xQ")
        self.find_interpreters()

    @property
    def has_gil(self) -> bool:
        """Whether the global lock is on; it can be switched on in a build without one."""
        if not self.layout.is_free_threaded:
            return True
        if not self._interpreters:
            return False
        place = self._interpreters[-1] + self.layout.gil + self.layout.gil_enabled
        return bool(struct.unpack("<i", self._memory.read(place, 4))[0])

    def read(self, address: int, length: int) -> bytes:
        """Return bytes of the process's memory."""
        return self._memory.read(address, length)

    def read_each(self, addresses: Sequence[int], length: int) -> list[bytes]:
        """Return bytes from each of many places in the process's memory."""
        return self._memory.read_each(addresses, length)

    @property
    def main_interpreter(self) -> int:
        """The address of the first interpreter; 0 if there is none."""
        return self._interpreters[-1] if self._interpreters else 0

    def find_interpreters(self) -> None:
        """Look for the interpreters, of which there may be more than before."""
        layout, found = self.layout, list[int]()
        interpreter = self._pointer(self._address + layout.interpreters)
        while interpreter and interpreter not in found and len(found) < _INTERPRETERS:
            found.append(interpreter)
            interpreter = self._pointer(interpreter + layout.next_interpreter)
        self._interpreters = found  # the main one is the last
        starts = [self._address] if layout.gil_is_global else found
        self._gils = [range(start + layout.gil, start + layout.gil + _GIL_BYTES) for start in starts]
        self._gil_at = starts[-1] + layout.gil_holder if found else 0

    def thread_states(self) -> dict[int, int]:
        """Return the address of the thread state of each thread, by the system's number of the thread.

        Up to 3.11, a thread's state has the number of who starts it until it runs: so of two with the same number in
        one interpreter, the older one is meant, which comes later.
        """
        layout, found = self.layout, dict[int, int]()
        for interpreter in self._interpreters:
            here: dict[int, int] = {}
            state = self._pointer(interpreter + layout.threads)
            for _ in range(_THREADS):
                if not state:
                    break
                head = self._memory.read(state, layout.native_id + 8)
                (native_id,) = struct.unpack_from("<Q", head, layout.native_id)
                if native_id:
                    here[native_id] = state
                (state,) = struct.unpack_from("<Q", head, layout.next_thread)
            found = here | found
        return found

    def native_id(self, state: int) -> int:
        """Return the system's number of the thread that a thread state belongs to."""
        return self._pointer(state + self.layout.native_id)

    def gil(self) -> Gil:
        """Return how the global lock is: the main interpreter's, where each has its own.

        It is the same object as before if nothing has changed.

        Raises:
            UnreadableError: If there is no interpreter, as at its end.
        """
        if not self._gil_at:
            raise UnreadableError("the interpreter has not begun, or is at its end")
        said = self._memory.read(self._gil_at, self._gil.size)
        if said != self._gil_said:
            holder, locked, changes = self._gil.unpack(said)
            self._gil_said, self._gil_known = said, Gil(holder if locked == 1 else 0, changes)
        return self._gil_known

    def is_gil(self, address: int) -> bool:
        """Tell whether who waits at this address waits for a global lock."""
        for one in self._gils:  # noqa: SIM110  it is asked hundreds of times a second
            if address in one:
                return True
        return False

    def stack(self, state: int) -> Stack:
        """Return where a thread is, innermost first; empty if it runs no Python code, or changed too quickly."""
        try:
            walked = self._walk(state, _DEEPEST)
            del walked[::3]
            places = tuple(walked)
            known = self._stacks.get(places)
            if known is not None:
                return known
            for code in set(places[::2]):
                self._check(code)
            found = [self.frame_at(*place) for place in zip(places[::2], places[1::2], strict=True)]
        except UnreadableError:
            self.lost_stacks += 1
            return ()
        stack = tuple(one for one in found if one is not None)
        if len(self._stacks) < _STACKS_KNOWN:
            self._stacks[places] = stack
        return stack

    def frames(self, state: int, limit: int = _DEEPEST) -> Iterator[tuple[int, int, int]]:
        """Give the address, the code object and the instruction of each of a thread's frames, innermost first.

        Raises:
            UnreadableError: If they change meanwhile.
        """
        walked = self._walk(state, limit)
        return zip(walked[::3], walked[1::3], walked[2::3], strict=True)

    def _walk(self, state: int, limit: int) -> list[int]:
        """Return what `frames` gives, in a row."""
        layout, word_at, found = self.layout, _WORD.unpack_from, list[int]()
        owner_at, code_at, instruction_at, previous_at = (
            layout.owner,
            layout.code,
            layout.instruction,
            layout.previous,
        )
        frame = self._pointer(state + layout.frame)
        if layout.c_frame is not None and frame:
            frame = self._pointer(frame + layout.c_frame)
        start, last, data = 0, -1, b""
        for _ in range(limit):
            if not frame:
                break
            at = frame - start
            if not 0 <= at <= last:
                at = frame % _PAGE
                start, last = frame - at, at
                data = self._memory.read(start, at + FRAME_BYTES)
            if data[at + owner_at] < _SHIM:
                found += (frame, word_at(data, at + code_at)[0] & _TAG, word_at(data, at + instruction_at)[0])
            frame = word_at(data, at + previous_at)[0]
        return found

    def frame_at(self, code: int, instruction: int) -> Frame | None:
        """Return the place of an instruction, by its address and that of its code object; None if it is none."""
        found = self._codes.get(code)
        if found is None or instruction not in found.frames:
            found = self._check(code)
            if found.function is None:
                return None
            place = instruction - code - self.layout.instructions
            line = line_at(found.table, found.marks[-1], place)
            found.frames[instruction] = Frame(found.function, found.file, line)
        return found.frames[instruction]

    def _check(self, address: int) -> _Code:
        """Return the code object that is at an address now: one that was there before may have gone."""
        layout = self.layout
        head = self._memory.read(address, layout.instructions)
        marks = (
            *(_WORD.unpack_from(head, place)[0] for place in (layout.file_name, layout.function, layout.lines)),
            struct.unpack_from("<i", head, layout.first_line)[0],
        )
        known = self._codes.get(address)
        if known is not None and known.marks == marks:
            return known
        if known is not None:
            self._stacks.clear()
        file, function, table, _first_line = marks
        name = self.text(function)
        found = _Code(marks) if name is None else _Code(marks, name, self.text(file) or "?", self._bytes(table))
        self._codes[address] = found
        return found

    def text(self, address: int) -> str | None:
        """Return a text object; None if there is none."""
        layout = self.layout
        head = self._memory.read(address, layout.text)
        (length,) = struct.unpack_from("<q", head, layout.head)
        (state,) = struct.unpack_from("<I", head, layout.head + 16)
        kind, is_compact, is_ascii = state >> 2 & 7, state >> 5 & 1, state >> 6 & 1
        if kind not in {1, 2, 4} or not is_compact or not 0 <= length <= _LONGEST:
            return None
        # beside ASCII, the length and the place of its UTF-8 come first, and in 3.11 the length of a wide text
        extra = 0 if is_ascii else 16 + 8 * (layout.version < (3, 12))
        data = self._memory.read(address + layout.text + extra, length * kind) if length else b""
        return data.decode({1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[kind], "replace")

    def _bytes(self, address: int) -> bytes:
        (length,) = struct.unpack("<q", self._memory.read(address + self.layout.head, 8))
        if not 0 <= length <= 1 << 20:
            return b""
        return self._memory.read(address + self.layout.head + 16, length) if length else b""

    def _pointer(self, address: int) -> int:
        return int(_WORD.unpack(self._memory.read(address, 8))[0])


def find_runtime(pid: int, proc: Path = Path("/proc")) -> Runtime:
    """Return the interpreter of a process.

    Args:
        pid: The process.
        proc: Where the system tells of processes.

    Raises:
        UnknownPythonError: If it is another version than those that we can read.
        ObserveError: If it is no Python, or the system does not permit it.
    """
    memory = ProcessMemory(pid)
    versions: list[str] = []
    for path, start in _files(pid, proc):
        symbol = find_symbol(path, _SYMBOL)
        if symbol is None:
            continue
        shift = start - symbol.base  # 0 for a program that is always put in the same place
        try:
            layout = layout_from_table(memory.read(symbol.address + shift, TABLE_BYTES))
            version = _version(memory, path, shift)
            if layout is None and version[:2] in UNTOLD:
                layout = replace(UNTOLD[version[:2]], version=version)
            if layout is not None:
                return Runtime(memory, symbol.address + shift, layout)
            versions.append(".".join(map(str, version[:2])))
        except UnreadableError:  # it has only just begun
            continue
    known = "known: 3.11 to 3.15 of CPython on 64-bit Linux"
    if versions:
        raise UnknownPythonError(f"process {pid} runs Python {versions[0]}, whose inside is not known here; {known}")
    raise ObserveError(f"process {pid} runs no Python that can be read; {known}")


def read_stacks(pid: int) -> dict[int, Stack]:
    """Return the stack of each Python thread of a process, innermost first, by the system's number of the thread.

    Raises:
        ObserveError: If it is no Python that we can read, or the system does not permit it.
    """
    try:
        runtime = find_runtime(pid)
        found = {native_id: runtime.stack(state) for native_id, state in runtime.thread_states().items()}
    except UnreadableError as error:
        raise ObserveError(f"the interpreter of process {pid} changed while it was read; try again") from error
    if threading.get_native_id() in found:  # who reads its own stack changes it by that
        found[threading.get_native_id()] = _own_stack(sys._getframe(1))  # noqa: SLF001  the documented way
    return found


def _own_stack(frame: FrameType | None) -> Stack:
    found: list[Frame] = []
    while frame is not None and len(found) < _DEEPEST:
        found.append(Frame(frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno or 0))
        frame = frame.f_back
    return tuple(found)


def _version(memory: ProcessMemory, path: Path, shift: int) -> tuple[int, int, int]:
    symbol = find_symbol(path, "Py_Version")  # since 3.11
    if symbol is None:
        named = _NAME.search(path.name)
        numbers = (named["version"] if named else None) or "0.0"
        major, minor = map(int, numbers.split("."))
        return (major, minor, 0)
    (number,) = struct.unpack("<I", memory.read(symbol.address + shift, 4))
    return (number >> 24 & 0xFF, number >> 16 & 0xFF, number >> 8 & 0xFF)


def _files(pid: int, proc: Path) -> list[tuple[Path, int]]:
    """Return the mapped files that may be Python, each with the address of its first byte."""
    found: dict[str, int] = {}
    try:
        lines = (proc / str(pid) / "maps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        raise ObserveError(f"there is no process {pid}") from None
    except OSError:
        raise ObserveError(f"the system does not permit to look into process {pid}; be its user, or root") from None
    for line in lines:
        words = line.split(maxsplit=5)
        if len(words) == 6 and words[5].startswith("/") and words[2] == "00000000":  # noqa: PLR2004  proc(5)
            name = words[5].removesuffix(" (deleted)")
            if _NAME.search(name.rpartition("/")[2]):
                found.setdefault(name, int(words[0].partition("-")[0], 16))
    return [(_seen_from_here(pid, name, proc), start) for name, start in found.items()]


def _seen_from_here(pid: int, name: str, proc: Path) -> Path:
    """Return the path to a file that a process sees under this name, perhaps in a container."""
    inside = proc / str(pid) / "root" / name.lstrip("/")
    try:
        return inside if inside.exists() else Path(name)
    except OSError:
        return Path(name)
