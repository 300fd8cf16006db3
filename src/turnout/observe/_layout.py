"""Where a CPython interpreter keeps what we read: offsets in its structures, in bytes.

From 3.13 on, an interpreter describes itself: its runtime begins with a table of offsets, in an order that each minor
version adds to. 3.11 does not; its layout was fixed with its first release.

Source: CPython, pycore_runtime.h of 3.13 and pycore_debug_offsets.h of 3.14 and 3.15 for the order of the table;
pycore_runtime.h, pycore_gil.h, pystate.h, pycore_frame.h and code.h of 3.11.
"""

import struct
from dataclasses import dataclass

COOKIE = b"xdebugpy"
TABLE_BYTES = 8 * 64
FRAME_BYTES = 88
FIRST_LOCAL = {(3, 11): 72, (3, 12): 72, (3, 13): 72, (3, 14): 80, (3, 15): 80}  # in a frame
_FARTHEST = 1 << 22  # that an offset may be: an interpreter takes some hundred kilobytes; more is damage
_GIL_COUNTER = 8  # from the flag that tells whether it is held to the number of times it changed hands


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Offsets, and what kind of interpreter it is.

    Attributes:
        version: ``(3, 13, 2)``.
        is_free_threaded: Whether it was built without a global lock.
        interpreters: Of the first interpreter, in the runtime.
        next_interpreter: In an interpreter.
        threads: Of the first thread state, in an interpreter.
        next_thread: In a thread state.
        native_id: Of the system's number of the thread, in a thread state.
        frame: Of the innermost frame, in a thread state, or in what it refers to.
        c_frame: Of the frame in another structure, which the thread state refers to (3.11, 3.12); None without one.
        previous: Of the calling frame, in a frame.
        code: In a frame.
        instruction: Of the place in the code, in a frame.
        owner: Of what kind of frame it is, in a frame, one byte.
        file_name: In a code object; likewise the next four.
        function: Of the qualified name.
        first_line: Four bytes.
        lines: Of the line table, a bytes object.
        instructions: Of the first instruction.
        head: Bytes that each object begins with.
        text: Bytes before the characters of a text of ASCII.
        gil: In an interpreter, or in the runtime.
        gil_is_global: Whether it is in the runtime.
        gil_holder: In the runtime or interpreter too; of the thread state that has it, or had it last.
        gil_locked: Likewise; four bytes.
        gil_changes: Likewise; how often it changed hands.
        gil_enabled: Likewise, of a build that can do without; 0 if there is none.
    """

    version: tuple[int, int, int]
    is_free_threaded: bool = False
    interpreters: int
    next_interpreter: int
    threads: int
    next_thread: int
    native_id: int
    frame: int
    c_frame: int | None = None
    previous: int
    code: int
    instruction: int
    owner: int
    file_name: int
    function: int
    first_line: int
    lines: int
    instructions: int
    head: int
    text: int
    gil: int
    gil_is_global: bool = False
    gil_holder: int
    gil_locked: int
    gil_changes: int
    gil_enabled: int = 0

    @property
    def label(self) -> str:
        """How a report calls the interpreter."""
        number = ".".join(map(str, self.version))
        return f"{number} free-threaded" if self.is_free_threaded else number


PYTHON_3_11 = Layout(
    version=(3, 11, 0),
    interpreters=40,
    next_interpreter=0,
    threads=16,
    next_thread=8,
    native_id=160,
    frame=56,
    c_frame=8,
    previous=48,
    code=32,
    instruction=56,
    owner=69,
    file_name=112,
    function=128,
    first_line=72,
    lines=136,
    instructions=184,
    head=16,
    text=48,
    gil=360,
    gil_is_global=True,
    gil_holder=368,
    gil_locked=376,
    gil_changes=384,
)

PYTHON_3_12 = Layout(
    version=(3, 12, 0),
    interpreters=40,
    next_interpreter=0,
    threads=72,
    next_thread=8,
    native_id=144,
    frame=56,
    c_frame=0,
    previous=8,
    code=0,
    instruction=56,
    owner=70,
    file_name=112,
    function=128,
    first_line=68,
    lines=136,
    instructions=192,
    head=16,
    text=40,
    gil=1040,
    gil_holder=1048,
    gil_locked=1056,
    gil_changes=1064,
)
UNTOLD = {one.version[:2]: one for one in (PYTHON_3_11, PYTHON_3_12)}  # those that have no table

# Places in the table, in words of 8 bytes; the names of the first column are those of `Layout`.
_ORDER: dict[tuple[int, int], dict[str, int]] = {
    (3, 13): {
        "interpreters": 4,
        "next_interpreter": 7,
        "threads": 8,
        "gil": 14,
        "gil_enabled": 15,
        "gil_locked": 16,
        "gil_holder": 17,
        "next_thread": 20,
        "frame": 22,
        "native_id": 24,
        "previous": 28,
        "code": 29,
        "instruction": 30,
        "owner": 32,
        "file_name": 34,
        "function": 36,
        "lines": 37,
        "first_line": 38,
        "instructions": 42,
        "head": 43,
    },
    (3, 14): {
        "interpreters": 4,
        "next_interpreter": 7,
        "threads": 8,
        "gil": 15,
        "gil_enabled": 16,
        "gil_locked": 17,
        "gil_holder": 18,
        "next_thread": 23,
        "frame": 25,
        "native_id": 27,
        "previous": 31,
        "code": 32,
        "instruction": 33,
        "owner": 35,
        "file_name": 39,
        "function": 41,
        "lines": 42,
        "first_line": 43,
        "instructions": 47,
        "head": 49,
    },
    (3, 15): {
        "interpreters": 4,
        "next_interpreter": 7,
        "threads": 8,
        "gil": 15,
        "gil_enabled": 16,
        "gil_locked": 17,
        "gil_holder": 18,
        "next_thread": 23,
        "frame": 25,
        "native_id": 30,
        "previous": 39,
        "code": 40,
        "instruction": 41,
        "owner": 43,
        "file_name": 47,
        "function": 49,
        "lines": 50,
        "first_line": 51,
        "instructions": 55,
        "head": 57,
    },
}


def layout_from_table(table: bytes) -> Layout | None:
    """Return the layout that a runtime tells of itself; None if it tells nothing that we understand.

    Args:
        table: The first `TABLE_BYTES` of the runtime.
    """
    if table[:8] != COOKIE or len(table) < TABLE_BYTES:
        return None
    words = struct.unpack(f"<{TABLE_BYTES // 8}Q", table[:TABLE_BYTES])
    version = (words[1] >> 24 & 0xFF, words[1] >> 16 & 0xFF, words[1] >> 8 & 0xFF)
    order = _ORDER.get(version[:2])
    if order is None:
        return None
    # the table counts words from the version on, which is word 1 of the runtime
    found = {name: words[place + 1] for name, place in order.items()}
    in_frame = max(found["previous"], found["code"], found["instruction"], found["owner"])
    is_sound = found["gil_locked"] == found["gil_holder"] + 8  # they are read at once
    if max(found.values()) > _FARTHEST or in_frame > FRAME_BYTES - 8 or not is_sound:
        return None
    head = found["head"]
    return Layout(
        version=version,
        is_free_threaded=bool(words[2]),
        text=head + 24,
        gil_changes=found["gil_locked"] + _GIL_COUNTER,
        **found,
    )
