"""A machine, as a stranger sees it."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.machine import (
    Cores,
    Cost,
    CostKind,
    Costs,
    Gil,
    Interpreter,
    Machine,
    Memory,
    SilentInterpreter,
    Unmeasured,
)
from turnout.report._machine import machine_json, machine_text, pythons_text
from turnout.report._machine_costs import binary_size, rate

MEDIANS = {"ns": 2_100.0, "bytes/s": 2.2e9, "bytes": 8_200_000.0}
COSTS = Costs(
    measured=tuple(
        Cost(
            kind=kind,
            median=MEDIANS[kind.unit],
            low=MEDIANS[kind.unit] * 0.9,
            high=MEDIANS[kind.unit] * 1.1,
            repeats=9,
        )
        for kind in CostKind
        if not kind.startswith("interpreter")
    ),
    unmeasured=(Unmeasured(kind=CostKind.INTERPRETER_MEMORY, reason="it needs CPython 3.14 or later"),),
    timestamp="2026-01-02T03:04:05+0000",
    load=0.1,
)
MACHINE = Machine(
    platform="Linux 6.1 x86_64",
    cores=Cores(model="Abacus", logical=8, physical=4, allowed=2, quota=1.5, usable=1.5),
    memory=Memory(total_bytes=8 << 30, available_bytes=3 << 30, limit_bytes=512 << 20),
    gil=Gil(enabled=True, optional=False, switch_interval_s=0.005),
    interpreters=(
        Interpreter(
            path="/opt/python3.11",
            implementation="CPython",
            version="3.11.7",
            free_threaded=False,
            gil=True,
            build="main, Dec 4 2023, GCC 12.2.0",
            current=True,
        ),
        Interpreter(
            path="/opt/python3.14t",
            implementation="CPython",
            version="3.14.0",
            free_threaded=True,
            gil=False,
            jit="off",
        ),
    ),
    silent=(
        SilentInterpreter(path="/shims/python3.8", reason="python3.8: not installed"),
        SilentInterpreter(path="/shims/python3.9", reason="python3.9: not installed"),
    ),
    costs=COSTS,
)


def with_costs(costs: Costs) -> str:
    return machine_text(replace(MACHINE, costs=costs), 100)


def test_the_page_tells_everything() -> None:
    text = machine_text(MACHINE, 90)

    assert text == (
        "machine     Linux 6.1 x86_64\n"
        "processor   Abacus\n"
        "cores       1.5 usable of 8 logical and 4 physical; the scheduler allows 2; a control\n"
        "            group grants the time of 1.5; 2 busy workers fill them\n"
        "memory      8.00 GiB, 3.00 GiB available; a control group grants 512 MiB\n"
        "GIL         on: threads take turns at Python code, up to 5.00 ms each\n"
        "\n"
        "Pythons found\n"
        "  CPython  3.11.7                GIL              /opt/python3.11  this one\n"
        "  CPython  3.14.0 free-threaded  no GIL, JIT off  /opt/python3.14t\n"
        "  no answer from python3.8 and python3.9 in /shims/: …: not installed\n"
        "\n"
        "What things cost here, and the middle half of the repeats\n"
        "  start and end one that does nothing (plus your imports, unless forked)\n"
        "    thread                        2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    process by fork               2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    process by forkserver         2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    process by spawn              2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "  take turns\n"
        "    switch between threads        2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    switch between processes      2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    lock that is free             2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    lock that two threads want    2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "    byte to a process and back    2.10 µs     1.89 to 2.31 µs  ━━━━━━━\n"
        "  send bytes to a process\n"
        "    through a pipe              2.20 GB/s   1.98 to 2.42 GB/s\n"
        "    through shared memory       2.20 GB/s   1.98 to 2.42 GB/s\n"
        "  memory of one more that does nothing\n"
        "    thread                       7.82 MiB    7.04 to 8.60 MiB\n"
        "    process by fork              7.82 MiB    7.04 to 8.60 MiB\n"
        "    process by forkserver        7.82 MiB    7.04 to 8.60 MiB\n"
        "    process by spawn             7.82 MiB    7.04 to 8.60 MiB\n"
        "  3 columns of a bar are a factor of ten, from 10 ns\n"
        "\n"
        "Not measured here\n"
        "  memory of a subinterpreter: it needs CPython 3.14 or later\n"
        "\n"
        "Measured 2026-01-02T03:04:05+0000.\n"
    )


def test_the_list_of_pythons_tells_lock_compiler_and_build() -> None:
    text = pythons_text(MACHINE, 90)

    assert text == (
        "Pythons found\n"
        "  CPython  3.11.7                GIL              /opt/python3.11  this one\n"
        "                                                  main, Dec 4 2023, GCC 12.2.0\n"
        "  CPython  3.14.0 free-threaded  no GIL, JIT off  /opt/python3.14t\n"
        "  no answer from python3.8 and python3.9 in /shims/: …: not installed\n"
    )


@pytest.mark.parametrize("width", [10, 60, 79, 80, 100, 400])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = machine_text(MACHINE, width)

    assert max(map(len, text.splitlines())) <= min(110, max(60, width))


@given(st.text(), st.floats(allow_nan=True))
def test_hostile_values_are_shown_harmlessly(words: str, value: float) -> None:
    hostile = replace(
        MACHINE,
        platform=words,
        cores=replace(MACHINE.cores, model=words),
        interpreters=(
            Interpreter(path=words, implementation=words, version=words, free_threaded=True, aliases=(words,)),
        ),
        silent=(SilentInterpreter(path=words, reason=words),),
        costs=Costs(
            measured=tuple(Cost(kind=kind, median=value, low=value, high=value, repeats=0) for kind in CostKind),
            unmeasured=tuple(Unmeasured(kind=kind, reason=words) for kind in CostKind),
            timestamp=words,
            load=value,
            not_kept=words,
        ),
    )

    text = machine_text(hostile)

    assert not {unicodedata.category(character) for character in set(text) - {"\n"}} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_without_costs_and_pythons_only_the_facts_are_left() -> None:
    text = machine_text(replace(MACHINE, interpreters=(), silent=(), costs=None))

    assert "cost" not in text
    assert "Pythons" not in text


def test_a_group_without_a_single_cost_is_left_out() -> None:
    text = with_costs(replace(COSTS, measured=()))

    assert "send bytes" not in text
    assert "factor of ten" not in text


def test_costs_that_were_kept_say_how_to_measure_again() -> None:
    text = with_costs(replace(COSTS, cached=True))

    assert "--fresh measures again" in text


def test_a_busy_machine_is_told_by_its_load() -> None:
    text = with_costs(replace(COSTS, load=1.4))

    assert "The machine was busy (load 1.4 on 1.5 cores)" in text


def test_a_busy_machine_is_told_by_repeats_that_lie_far_apart() -> None:
    scattered = tuple(replace(cost, high=2 * cost.median) for cost in COSTS.measured[:4])

    text = with_costs(replace(COSTS, load=None, measured=scattered))

    assert "the repeats of 4 costs lie far apart" in text


def test_costs_that_could_not_be_kept_say_why() -> None:
    text = with_costs(replace(COSTS, not_kept="/cache: Permission denied"))

    assert "The next call measures again: /cache: Permission denied." in text


@pytest.mark.parametrize(
    ("enabled", "optional", "words"),
    [(True, False, "on: threads"), (True, True, "can do without"), (False, True, "off: threads")],
)
def test_the_lock_is_told_in_words(*, enabled: bool, optional: bool, words: str) -> None:
    gil = Gil(enabled=enabled, optional=optional, switch_interval_s=0.005)

    text = machine_text(replace(MACHINE, gil=gil))

    assert words in text


def test_a_machine_that_tells_little_is_shown_with_little() -> None:
    cores = Cores(model="", logical=None, physical=None, allowed=1, quota=None, usable=1.0)

    text = machine_text(replace(MACHINE, cores=cores, memory=replace(MACHINE.memory, limit_bytes=None)))

    assert "1 usable; 1 busy worker fills them" in text
    assert "available\n" in text


def test_equal_quartiles_are_told_once() -> None:
    same = Cost(kind=CostKind.THREAD_MEMORY, median=1024.0, low=1024.0, high=1024.0, repeats=5)

    text = with_costs(replace(COSTS, measured=(same,)))

    assert " to " not in text.split("memory of one more")[1].split("Not measured")[0]


def test_colour_is_only_put_in_when_asked_for() -> None:
    plain, coloured = machine_text(MACHINE), machine_text(MACHINE, colour=True)

    assert "\x1b[" not in plain
    assert "\x1b[" in coloured


def test_json_holds_every_value_with_its_unit() -> None:
    tree = json.loads(json.dumps(machine_json(MACHINE)))

    assert tree["schema"] == "turnout.machine/1"
    assert tree["cores"]["usable"] == 1.5
    assert tree["cores"]["usable_workers"] == 2
    assert tree["interpreters"][1]["free_threaded"] is True
    assert tree["costs"]["measured"][0] == {
        "kind": "thread_start",
        "unit": "ns",
        "median": 2100.0,
        "low": 1890.0,
        "high": 2310.0,
        "repeats": 9,
    }
    assert tree["costs"]["unmeasured"][0]["reason"] == "it needs CPython 3.14 or later"


def test_json_without_costs_has_none() -> None:
    tree = machine_json(replace(MACHINE, costs=None))

    assert tree["costs"] is None


@pytest.mark.parametrize(("value", "text"), [(0, "0 B"), (512, "512 B"), (1536, "1.50 KiB"), (3 << 30, "3.00 GiB")])
def test_sizes_are_told_in_powers_of_1024(value: int, text: str) -> None:
    assert binary_size(value) == text


@pytest.mark.parametrize(("value", "text"), [(12, "12.0 B/s"), (5e4, "50.0 kB/s"), (2.2e9, "2.20 GB/s")])
def test_rates_are_told_in_powers_of_1000(value: float, text: str) -> None:
    assert rate(value) == text
