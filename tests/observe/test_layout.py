"""Where interpreters keep things, as their own tables tell it."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observe.programs_to_read import WAITING, own_places, read_until, waiting_program
from pythons.interpreters import readable, unpacked
from turnout.observe._layout import COOKIE, PYTHON_3_11, TABLE_BYTES, layout_from_table
from turnout.observe._runtime import find_runtime

WORDS = TABLE_BYTES // 8
PLACES_3_13 = {
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
}
VALUES = {
    "interpreters": 640,
    "next_interpreter": 7200,
    "threads": 7344,
    "gil": 7792,
    "gil_enabled": 0,
    "gil_locked": 7808,
    "gil_holder": 7800,
    "next_thread": 8,
    "frame": 72,
    "native_id": 184,
    "previous": 8,
    "code": 0,
    "instruction": 56,
    "owner": 70,
    "file_name": 112,
    "function": 128,
    "lines": 136,
    "first_line": 68,
    "instructions": 200,
    "head": 16,
}


def a_table(version: tuple[int, int, int] = (3, 13, 2), *, cookie: bytes = COOKIE, is_free: bool = False) -> bytes:
    """Return what an interpreter of 3.13 tells of itself."""
    major, minor, micro = version
    words = [0] * WORDS
    words[1] = major << 24 | minor << 16 | micro << 8 | 0xF0
    words[2] = int(is_free)
    for name, value in VALUES.items():
        words[PLACES_3_13[name] + 1] = value
    return cookie + struct.pack(f"<{WORDS - 1}Q", *words[1:])


def test_a_table_tells_each_offset() -> None:
    layout = layout_from_table(a_table())

    assert layout is not None
    assert {name: getattr(layout, name) for name in VALUES} == VALUES
    assert layout.version == (3, 13, 2)
    assert layout.text == 40
    assert layout.gil_changes == 7816
    assert not layout.gil_is_global
    assert layout.c_frame is None
    assert layout.label == "3.13.2"


def test_a_free_threaded_build_says_so() -> None:
    layout = layout_from_table(a_table(is_free=True))

    assert layout is not None
    assert layout.is_free_threaded
    assert layout.label == "3.13.2 free-threaded"


@pytest.mark.parametrize("version", [(3, 12, 0), (3, 16, 0), (4, 13, 0), (0, 0, 0), (255, 255, 255)])
def test_an_unknown_version_tells_nothing(version: tuple[int, int, int]) -> None:
    assert layout_from_table(a_table(version)) is None


@pytest.mark.parametrize("cookie", [b"xdebugpz", bytes(8), b"ypgubedx", b"\xff" * 8])
def test_what_does_not_begin_with_the_cookie_is_no_table(cookie: bytes) -> None:
    assert layout_from_table(a_table(cookie=cookie)) is None


@pytest.mark.parametrize("length", [0, 7, 8, 16, TABLE_BYTES - 1])
def test_a_table_that_is_cut_off_tells_nothing(length: int) -> None:
    assert layout_from_table(a_table()[:length]) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("owner", 1 << 40), ("previous", 88), ("head", 1 << 30), ("native_id", (1 << 64) - 1), ("gil_holder", 0)],
)
def test_offsets_that_cannot_be_are_damage(name: str, value: int) -> None:
    table = bytearray(a_table())
    struct.pack_into("<Q", table, 8 * (PLACES_3_13[name] + 1), value)

    assert layout_from_table(bytes(table)) is None


@given(rest=st.binary(min_size=TABLE_BYTES - 16, max_size=TABLE_BYTES - 16), minor=st.integers(13, 15))
def test_a_damaged_table_tells_nothing_or_small_offsets(rest: bytes, minor: int) -> None:
    layout = layout_from_table(COOKIE + struct.pack("<Q", 3 << 24 | minor << 16) + rest)

    assert layout is None or layout.owner < 88


def test_the_layout_of_3_11_is_fixed() -> None:
    assert PYTHON_3_11.label == "3.11.0"
    assert PYTHON_3_11.gil_is_global
    assert PYTHON_3_11.c_frame == 8


def test_there_are_other_interpreters_to_read() -> None:
    if not unpacked():
        pytest.skip("no other interpreters: set TURNOUT_INTERPRETERS to a folder of tarballs and run `make pythons`")

    assert all(python.exists() for python in unpacked())


@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call to read another process")
@pytest.mark.parametrize("python", readable(), ids=lambda python: python.parent.parent.name)
def test_stacks_are_right_under(python: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:3], getattr(sys, '_is_gil_enabled', lambda: True)())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    with waiting_program(python, tmp_path) as program:
        runtime = find_runtime(program.pid)
        has_gil = runtime.has_gil

        def read() -> list[tuple[tuple[str, int], ...]]:
            return own_places(map(runtime.stack, runtime.thread_states().values()), program.file)

        found = read_until(read, sorted(WAITING))

    assert [str(part) for part in runtime.layout.version] == said[:3]
    assert has_gil is (said[3] == "True")
    assert found == sorted(WAITING)
