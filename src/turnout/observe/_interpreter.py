"""What is asked of an interpreter in another process while it is looked at again and again."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from turnout.observe._layout import Layout
from turnout.observe._recording import Frame, Stack
from turnout.observe._runtime import Gil


class Interpreter(Protocol):
    """What is asked of an interpreter; see `Runtime`. Each may raise `UnreadableError` or `ObserveError`."""

    lost_stacks: int

    @property
    def layout(self) -> Layout:
        """What is where."""
        ...

    @property
    def has_gil(self) -> bool:
        """Whether the global lock is on."""
        ...

    def read(self, address: int, length: int) -> bytes:
        """Return bytes of the process's memory."""
        ...

    def read_each(self, addresses: Sequence[int], length: int) -> list[bytes]:
        """Return bytes from each of many places in the process's memory."""
        ...

    def text(self, address: int) -> str | None:
        """Return a text object; None if there is none."""
        ...

    @property
    def main_interpreter(self) -> int:
        """The address of the first interpreter; 0 if there is none."""
        ...

    def find_interpreters(self) -> None:
        """Look for the interpreters, of which there may be more than before."""
        ...

    def thread_states(self) -> dict[int, int]:
        """Return the address of the thread state of each thread, by the system's number of the thread."""
        ...

    def native_id(self, state: int) -> int:
        """Return the system's number of the thread that a thread state belongs to."""
        ...

    def gil(self) -> Gil:
        """Return how the global lock is."""
        ...

    def is_gil(self, address: int) -> bool:
        """Tell whether who waits at this address waits for a global lock."""
        ...

    def stack(self, state: int) -> Stack:
        """Return where a thread is, innermost first."""
        ...

    def frames(self, state: int, limit: int) -> Iterator[tuple[int, int, int]]:
        """Give the address, the code object and the instruction of each of a thread's frames, innermost first.

        Args:
            state: The thread's.
            limit: How many at most.
        """
        ...

    def frame_at(self, code: int, instruction: int) -> Frame | None:
        """Return the frame of an instruction of a code object; None if it has no name."""
        ...
