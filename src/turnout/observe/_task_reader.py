"""Reads the tasks of event loops in the memory of a Python process."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from turnout.observe._interpreter import Interpreter
from turnout.observe._layout import FRAME_BYTES
from turnout.observe._memory import UnreadableError
from turnout.observe._recording import Frame, TaskState
from turnout.observe._task_layout import TASK_LAYOUTS, TaskLayout

MOST = 20_000  # tasks, of a list that is read while it changes
_WORD = struct.Struct("<Q")
_STATE = struct.Struct("<i")
_ENTRY = struct.Struct("<Qq")  # of a set: what is in it, and its hash
_NO_HASH = -1  # of an entry that was taken out
_KEYS = struct.Struct("<8xBBB5xqq")  # of a dictionary: two sizes as powers of two, its kind, free entries, all entries
_OF_TEXTS = 1  # the kind of a dictionary whose keys are all texts
_LARGEST = 1 << 20  # entries
_TASK = "_asyncio.Task"
_NAME_BYTES = 40
_TAG = ~3  # what is kept beside a pointer in its lowest bits


@dataclass(frozen=True, slots=True)
class SeenTask:
    """A task that is not done, as it was at a moment.

    Attributes:
        address: Its own.
        coroutine: That of what it runs.
        name: That of its name.
        state: What it did.
        at: Where its coroutine is; None if that could not be read.
    """

    address: int
    coroutine: int
    name: int
    state: TaskState
    at: Frame | None


class TaskReader:
    """Reads which tasks there are, and what each does.

    Args:
        runtime: The interpreter.
    """

    def __init__(self, runtime: Interpreter) -> None:
        self._runtime = runtime
        found = runtime.layout
        self._layout = TASK_LAYOUTS.get((*found.version[:2], found.is_free_threaded))
        self._set = 0  # its address, once it was found
        self._looked_through = (0, 0)  # the modules that it was not found in: where they are, and how many
        self._types: dict[int, bool] = {}  # whether a type is that of tasks

    @property
    def knows(self) -> bool:
        """Whether this interpreter's tasks can be read."""
        return self._layout is not None

    def addresses(self, states: Iterable[int]) -> list[int]:
        """Return where there may be tasks; some of them may be done.

        Args:
            states: The thread states, by their addresses.

        Raises:
            UnreadableError: If they changed meanwhile.
            ObserveError: If the process has ended.
        """
        layout = self._layout
        if layout is None:
            return []
        return self._listed(layout, states) if layout.first else self._registered(layout)

    def look(self, addresses: Sequence[int]) -> list[SeenTask]:
        """Return those of the tasks at these addresses that are not done.

        Raises:
            UnreadableError: If they changed meanwhile.
            ObserveError: If the process has ended.
        """
        layout = self._layout
        if layout is None:
            return []
        length = max(layout.waiter, layout.coroutine, layout.name) + 8
        tasks = [
            (address, data)
            for address, data in zip(addresses, self._runtime.read_each(addresses, length), strict=True)
            if not _STATE.unpack_from(data, layout.state)[0] and self._is_task(data)
        ]
        coroutines = [_word(data, layout.coroutine) for _, data in tasks]
        frames = self._runtime.read_each(coroutines, layout.frame + FRAME_BYTES)
        waiters = [_word(data, layout.waiter) for _, data in tasks]
        done = self._done(layout, waiters)
        return [
            SeenTask(
                address,
                coroutine,
                _word(data, layout.name),
                self._state(layout, frame, waiter, done),
                self._at(layout, frame),
            )
            for (address, data), coroutine, frame, waiter in zip(tasks, coroutines, frames, waiters, strict=True)
        ]

    def names(self, task: SeenTask) -> tuple[str, str]:
        """Return a task's name, and that of its coroutine's function; "?" if it cannot be read.

        Raises:
            UnreadableError: If it is no more.
            ObserveError: If the process has ended.
        """
        layout = self._layout
        if layout is None:
            return "?", "?"
        function = self._runtime.text(self._word(task.coroutine + layout.qualified_name)) or "?"
        name = self._runtime.text(task.name)
        if name is None:  # from 3.12 on it is a number until somebody asks for it
            (digit,) = struct.unpack("<I", self._runtime.read(task.name + self._runtime.layout.head + 8, 4))
            name = f"Task-{digit}"
        return name, function

    def _state(self, layout: TaskLayout, frame: bytes, waiter: int, done: set[int]) -> TaskState:
        if frame[layout.frame_state] == layout.executing:
            return TaskState.RUN
        return TaskState.READY if not waiter or waiter in done else TaskState.SUSPENDED

    def _at(self, layout: TaskLayout, data: bytes) -> Frame | None:
        known, frame = self._runtime.layout, layout.frame
        try:
            return self._runtime.frame_at(
                _word(data, frame + known.code) & _TAG, _word(data, frame + known.instruction)
            )
        except UnreadableError:
            return None

    def _done(self, layout: TaskLayout, waiters: list[int]) -> set[int]:
        """Return those of these futures that are done, so that who waits for them is ready."""
        found = sorted({waiter for waiter in waiters if waiter})
        states = self._runtime.read_each(found, layout.state + 4)
        return {waiter for waiter, data in zip(found, states, strict=True) if _STATE.unpack_from(data, layout.state)[0]}

    def _is_task(self, data: bytes) -> bool:
        kind = _word(data, self._runtime.layout.head - 8)
        if kind not in self._types:
            name = self._runtime.read(self._word(kind + self._runtime.layout.head + 8), _NAME_BYTES)
            self._types[kind] = name.partition(b"\0")[0] == _TASK.encode()
        return self._types[kind]

    # from 3.14 on

    def _listed(self, layout: TaskLayout, states: Iterable[int]) -> list[int]:
        found: list[int] = []
        for head in [state + layout.first for state in states]:
            before, node = head, self._word(head)
            while node not in {head, 0} and len(found) < MOST:
                following, previous = struct.unpack("<QQ", self._runtime.read(node, 16))
                if previous != before:  # it changes, or is no list: this build of the interpreter is another one
                    break
                found.append(node - layout.node)
                before, node = node, following
        return found

    # up to 3.13

    def _registered(self, layout: TaskLayout) -> list[int]:
        if not self._set:
            self._set = self._find_set(layout)
        if not self._set:
            return []
        head = self._runtime.layout.head
        mask, table = struct.unpack("<QQ", self._runtime.read(self._set + head + 16, 16))
        if mask >= _LARGEST:
            raise UnreadableError("a set that is too large")
        entries = _ENTRY.iter_unpack(self._runtime.read(table, (mask + 1) * _ENTRY.size))
        references = [key for key, code in entries if key and code != _NO_HASH]
        return [_word(data, head) for data in self._runtime.read_each(references[:MOST], head + 8)]

    def _find_set(self, layout: TaskLayout) -> int:
        """Return the address of the set of all tasks; 0 as long as there is none."""
        modules = self._word(self._runtime.main_interpreter + layout.modules)
        keys = self._word(modules + self._runtime.layout.head + 16)
        now = (keys, _KEYS.unpack(self._runtime.read(keys, _KEYS.size))[4])
        if now == self._looked_through:
            return 0
        module = self._value(modules, "asyncio.tasks")
        if not module:
            self._looked_through = now
            return 0
        found = self._value(self._word(module + self._runtime.layout.head), layout.registry)
        for place in layout.weak_set if found else ():
            found = self._word(found + place)
        return found

    def _value(self, dictionary: int, name: str) -> int:
        """Return the address of what a dictionary of texts has by this name; 0 if it has none."""
        for key, value in self._entries(dictionary):
            if key and self._runtime.text(key) == name:
                return value
        return 0

    def _entries(self, dictionary: int) -> Iterator[tuple[int, int]]:
        keys = self._word(dictionary + self._runtime.layout.head + 16)
        _size, index_bytes, kind, _free, count = _KEYS.unpack(self._runtime.read(keys, _KEYS.size))
        if kind > _OF_TEXTS or not 0 <= count < _LARGEST:
            return
        entry = struct.Struct("<QQ") if kind == _OF_TEXTS else struct.Struct("<8xQQ")
        data = self._runtime.read(keys + _KEYS.size + (1 << index_bytes), count * entry.size)
        yield from entry.iter_unpack(data)

    def _word(self, address: int) -> int:
        return _word(self._runtime.read(address, 8), 0)


def _word(data: bytes, place: int) -> int:
    return int(_WORD.unpack_from(data, place)[0])
