"""Lines of instructions, held to what Python itself tells of its code objects."""

import argparse
import asyncio.tasks
import dataclasses
import inspect
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.observe._lines import line_at

MODULES = (argparse, asyncio.tasks, dataclasses, subprocess)


def codes_of(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_of(constant)


def told_by_python(code: CodeType) -> list[int]:
    """Return the line of each instruction; 0 for one that has none."""
    return [line or 0 for line, *_ in code.co_positions()]


def told_by_us(code: CodeType) -> list[int]:
    return [line_at(code.co_linetable, code.co_firstlineno, place) for place in range(0, len(code.co_code), 2)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_each_instruction_of_a_module_has_the_line_that_python_tells(module: ModuleType) -> None:
    source = Path(inspect.getfile(module)).read_bytes()

    codes = list(codes_of(compile(source, module.__name__, "exec")))

    assert len(codes) > 20
    for code in codes:
        assert told_by_us(code) == told_by_python(code), code.co_qualname


def test_the_ranges_that_python_tells_are_met_at_both_ends() -> None:
    for code in codes_of(compile(inspect.getsource(subprocess), "subprocess", "exec")):
        for start, end, line in code.co_lines():
            for place in (start, end - 2):
                assert line_at(code.co_linetable, code.co_firstlineno, place) == (line or 0)


SOURCES = {
    "a generator": """
def numbers():
    yield 1
    x = yield from (
        one
        for one in [2, 3]
    )
    return x
""",
    "a coroutine": """
async def go():
    async with a as b:
        async for c in b:
            await c
    return [d async for d in b]
""",
    "functions inside": """
def outer():
    def inner():
        return lambda: (
            1,
            2 / 0,
        )
    return inner
""",
    "groups of errors": "try:\n    a\nexcept* ValueError:\n    b\nfinally:\n    c",
    "several contexts": "with a, b:\n    pass",
    "far lines": "def many():\n" + "\n" * 5000 + "    a\n" + "\n" * 300 + "    b\n",
    "a far first line": "x = (\n" + "\n" * 40_000 + "f(1)\n)",
    "far columns": "f(" + "a" * 200 + ",\n" + " " * 300 + "b)",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_code_of_each_kind_has_the_lines_that_python_tells(source: str) -> None:
    for code in codes_of(compile(source, "source", "exec")):
        assert told_by_us(code) == told_by_python(code)


def test_a_line_may_come_before_the_first_one() -> None:
    (code,) = (one for one in codes_of(compile("def f():\n    return 1", "source", "exec")) if one.co_name == "f")
    backwards = bytes([0x80 | 13 << 3, 3 << 1 | 1])  # one instruction, no columns, three lines back

    assert line_at(backwards, 10, 0) == 7
    assert line_at(code.co_linetable, 100, 2) == 101


@pytest.mark.parametrize("place", [-2, 2, 1 << 40])
def test_who_is_outside_of_the_code_is_at_no_line(place: int) -> None:
    table = bytes([0x80 | 10 << 3, 0, 0])

    assert line_at(table, 5, 0) == 5
    assert line_at(table, 5, place) == 0


@given(table=st.binary(max_size=200), first_line=st.integers(0, 1 << 31), place=st.integers(-10, 5000))
def test_any_table_tells_some_line(table: bytes, first_line: int, place: int) -> None:
    assert isinstance(line_at(table, first_line, place), int)


@given(data=st.data())
def test_a_damaged_table_tells_some_line(data: st.DataObject) -> None:
    code = inspect.getsource.__code__
    table = bytearray(code.co_linetable[: data.draw(st.integers(0, len(code.co_linetable)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(table) - 1)), max_size=5)) if table else []:
        table[place] = data.draw(st.integers(0, 255))

    for place in range(0, len(code.co_code), 2):
        assert abs(line_at(bytes(table), code.co_firstlineno, place)) < 1 << 50


def test_a_number_that_never_ends_is_no_work() -> None:
    table = bytes([0x80 | 14 << 3]) + bytes([0x7F]) * (1 << 20)

    assert line_at(table, 1, 0) < 1 << 40
