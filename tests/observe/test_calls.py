"""What a thread waits for, told by the system call that it is in."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.errors import ObserveError
from turnout.observe import State
from turnout.observe._calls import Call, Waits, parse_call
from turnout.observe._memory import UnreadableError

GIL = range(0x7000, 0x7100)
POLLED_AT = 0x9000
DESCRIPTORS = {
    0: "/dev/pts/3",
    1: "pipe:[99]",
    3: "socket:[77]",
    4: "/home/alice/data.csv",
    5: "anon_inode:[eventpoll]",
    6: "anon_inode:[eventfd]",
    7: "/dev/tty1",
    8: "/home/alice/gone (deleted)",
    9: "/dev/console",
}


class Memory:
    """A process's memory that has one descriptor to poll."""

    def __init__(self, descriptor: int = 3, trouble: Exception | None = None) -> None:
        self._descriptor = descriptor
        self._trouble = trouble

    def read(self, address: int, length: int) -> bytes:
        if self._trouble is not None:
            raise self._trouble
        assert (address, length) == (POLLED_AT, 8)
        return struct.pack("<ihh", self._descriptor, 1, 0)


def waits(folder: Path, memory: Memory | None = None, machine: str = "x86_64") -> Waits:
    handles = folder / "4711" / "fd"
    handles.mkdir(parents=True)
    for number, target in DESCRIPTORS.items():
        (handles / str(number)).symlink_to(target)
    return Waits(4711, GIL.__contains__, memory.read if memory else None, machine=machine, proc=folder)


def call(number: int, *arguments: int) -> Call:
    return Call(number, (*arguments, *[0] * (6 - len(arguments))))


X86, ARM = "x86_64", "aarch64"


@pytest.mark.parametrize(
    ("machine", "number", "first", "state"),
    [
        (X86, 202, GIL.start, State.GIL),
        (X86, 202, GIL.stop - 4, State.GIL),
        (X86, 202, GIL.stop, State.LOCK),
        (X86, 449, 0x1234, State.LOCK),
        (ARM, 98, GIL.start, State.GIL),
        (ARM, 98, 0x1234, State.LOCK),
        (X86, 230, 0, State.SLEEP),
        (X86, 35, 0, State.SLEEP),
        (X86, 34, 0, State.SLEEP),
        (ARM, 115, 0, State.SLEEP),
        (X86, 61, 0, State.CHILD),
        (X86, 247, 1, State.CHILD),
        (ARM, 260, 0, State.CHILD),
        (X86, 232, 5, State.POLL),
        (X86, 281, 5, State.POLL),
        (ARM, 22, 5, State.POLL),
        (X86, 42, 3, State.SOCKET),
        (X86, 45, 3, State.SOCKET),
        (X86, 288, 3, State.SOCKET),
        (ARM, 207, 3, State.SOCKET),
        (X86, 257, 0, State.FILE),
        (X86, 217, 4, State.FILE),
        (ARM, 56, 0, State.FILE),
    ],
)
def test_a_call_tells_what_is_waited_for(tmp_path: Path, machine: str, number: int, first: int, state: State) -> None:
    assert waits(tmp_path, machine=machine).state(call(number, first)) is state


@pytest.mark.parametrize(("machine", "read"), [(X86, 0), (X86, 20), (X86, 16), (ARM, 63), (ARM, 66)])
@pytest.mark.parametrize(
    ("descriptor", "state"),
    [
        (0, State.PIPE),
        (1, State.PIPE),
        (3, State.SOCKET),
        (4, State.FILE),
        (5, State.POLL),
        (6, State.POLL),
        (7, State.PIPE),
        (8, State.FILE),
        (9, State.PIPE),
        (42, State.UNKNOWN),
        (0xFFFFFFFF, State.UNKNOWN),
        ((1 << 64) - 1, State.UNKNOWN),
    ],
)
def test_a_call_on_a_descriptor_waits_for_what_that_is(
    tmp_path: Path, machine: str, read: int, descriptor: int, state: State
) -> None:
    assert waits(tmp_path, machine=machine).state(call(read, descriptor)) is state


@pytest.mark.parametrize(("machine", "poll"), [(X86, 7), (X86, 271), (ARM, 73)])
@pytest.mark.parametrize(
    ("descriptor", "state"), [(3, State.SOCKET), (1, State.PIPE), (5, State.POLL), (-1, State.UNKNOWN)]
)
def test_polling_one_descriptor_is_waiting_for_it(
    tmp_path: Path, machine: str, poll: int, descriptor: int, state: State
) -> None:
    found = waits(tmp_path, Memory(descriptor), machine)

    assert found.state(call(poll, POLLED_AT, 1)) is state


def test_polling_several_is_waiting_for_any_of_them(tmp_path: Path) -> None:
    assert waits(tmp_path, Memory()).state(call(7, POLLED_AT, 2)) is State.POLL


def test_polling_none_is_sleep(tmp_path: Path) -> None:
    assert waits(tmp_path, Memory()).state(call(7, 0, 0)) is State.SLEEP


@pytest.mark.parametrize(
    "memory", [None, Memory(trouble=UnreadableError()), Memory(trouble=ObserveError("process 4711 has ended"))]
)
def test_what_is_polled_may_be_out_of_sight(tmp_path: Path, memory: Memory | None) -> None:
    assert waits(tmp_path, memory).state(call(7, POLLED_AT, 1)) is State.POLL


@pytest.mark.parametrize(("machine", "select"), [(X86, 23), (X86, 270), (ARM, 72)])
def test_select_without_descriptors_is_sleep(tmp_path: Path, machine: str, select: int) -> None:
    found = waits(tmp_path, machine=machine)

    assert found.state(call(select, 0)) is State.SLEEP
    assert found.state(call(select, 5)) is State.POLL


@pytest.mark.parametrize("number", [-1, 9999, 1 << 40, 39])
def test_a_number_that_is_not_known_is_unknown(tmp_path: Path, number: int) -> None:
    assert waits(tmp_path).state(call(number)) is State.UNKNOWN


def test_on_a_machine_that_is_not_known_all_is_unknown(tmp_path: Path) -> None:
    found = waits(tmp_path, machine="riscv64")

    assert {found.state(call(number, 3)) for number in range(500)} == {State.UNKNOWN}


def test_who_is_in_no_call_waits_for_nothing_that_is_known(tmp_path: Path) -> None:
    assert waits(tmp_path).state(None) is State.UNKNOWN


def test_a_process_without_descriptors_to_be_seen_is_unknown(tmp_path: Path) -> None:
    found = Waits(4711, GIL.__contains__, None, machine=X86, proc=tmp_path)

    assert found.state(call(0, 3)) is State.UNKNOWN


def test_a_line_of_the_system_is_read() -> None:
    line = b"202 0x7f00 0x80 0x0 0x0 0x7f11 0xffffffff 0x7ffc0 0x7f123\n"

    assert parse_call(line) == Call(202, (0x7F00, 0x80, 0, 0, 0x7F11, 0xFFFFFFFF))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"running\n",
        b"-1 0x7ffc0 0x7f123\n",
        b"-1 0 0 0 0 0 0 0 0\n",
        b"202 0x7f00 0x80\n",
        b"two 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
        b"202 0x1 0x2 zwei 0x4 0x5 0x6 0x7 0x8\n",
        b"\xff\xfe\xfd 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
        b"\0" * 64,
    ],
)
def test_any_other_line_tells_no_call(line: bytes) -> None:
    assert parse_call(line) is None


@given(line=st.binary(max_size=100) | st.lists(st.sampled_from([b"0x1", b"7", b"-3", b"x"])).map(b" ".join))
def test_no_line_raises(line: bytes) -> None:
    found = parse_call(line)

    assert found is None or len(found.arguments) == 6


@given(number=st.integers(-5, 600), arguments=st.lists(st.integers(0, (1 << 64) - 1), min_size=6, max_size=6))
def test_no_call_raises(number: int, arguments: list[int]) -> None:
    found = Waits(4711, GIL.__contains__, None, machine=X86, proc=Path("/nowhere"))

    assert found.state(Call(number, tuple(arguments))) in State
