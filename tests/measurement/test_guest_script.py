"""The script that other Pythons run, under this one and without a process of its own."""

import pickle
from importlib import import_module
from typing import Any

import pytest

from measurement import guest_functions

guest = import_module("turnout_guest")  # found as it is where it runs: beside its parts, and outside of any package
crews = import_module("turnout_guest_crews")
work = import_module("turnout_guest_work")

Reply = dict[str, Any]  # plain values of a shape that depends on the request


def place(name: str, file: str | None = guest_functions.__file__) -> tuple[str | None, str, None, str]:
    return file, "guest_functions_alone", None, name


def talk(*requests: tuple[str, object]) -> list[Reply]:
    """Return the replies, without the greeting."""
    said: list[Reply] = []
    asked = iter((*requests, ("quit", None)))
    guest.serve(lambda: next(asked), said.append)
    return said[1:]


def ran(name: str, items: list[object], model: str = "sequential", workers: int = 1) -> Reply:
    return talk(("load", place(name)), ("items", pickle.dumps(items, 2)), ("run", (model, workers)))[-1]


def values(reply: Reply) -> list[object]:
    return [pickle.loads(outcome[1]) if outcome[0] and outcome[1] else outcome for outcome in reply["outcomes"]]


def test_the_greeting_tells_the_process_and_the_lock() -> None:
    said: list[Reply] = []

    guest.serve(lambda: None, said.append)

    assert said == [{"pid": said[0]["pid"], "gil": guest.has_gil(), "switched": []}]


@pytest.mark.parametrize(("model", "workers"), [("sequential", 1), ("threads", 3)])
def test_outcomes_keep_the_order_of_items(model: str, workers: int) -> None:
    reply = ran("double", list(range(100)), model, workers)

    assert values(reply) == [2 * number for number in range(100)]


def test_every_item_is_in_exactly_one_slice() -> None:
    reply = ran("double", list(range(100)), "threads", 3)

    slices = [(first, count) for _, first, _, ends, count, _ in reply["batches"] if len(ends) == count]
    assert [first for first, _ in slices] == [sum(count for _, count in slices[:at]) for at in range(len(slices))]
    assert sum(count for _, count in slices) == 100


def test_slices_shrink_so_that_workers_end_together() -> None:
    slices = crews.Slices(100, 2)

    taken = [part[1] - part[0] for part in iter(slices.take, None)]

    assert taken == sorted(taken, reverse=True)
    assert (taken[0], taken[-1], sum(taken)) == (12, 1, 100)


def test_a_failure_is_told_with_its_type_and_text() -> None:
    reply = ran("reciprocal", [0, 2])

    assert values(reply) == [(False, "ZeroDivisionError", reply["outcomes"][0][2]), 0.5]
    assert "division" in reply["outcomes"][0][2]


def test_a_value_that_cannot_be_sent_is_an_outcome_all_the_same() -> None:
    assert ran("generator", [1])["outcomes"] == [(True, None)]


def test_what_ends_a_program_is_told_as_a_sentence() -> None:
    assert ran("leave", [1])["refused"] == "the function raised SystemExit: 4"


def test_an_async_function_is_waited_for() -> None:
    async def soon(item: int) -> int:
        return item + 1

    assert work.work_on(soon, [1, 2], 0, 2)[-1] == [(True, 2), (True, 3)]


def test_a_missing_file_is_told_with_the_error() -> None:
    reply = talk(("load", place("double", "/nowhere/work.py")))[0]

    assert reply["error"] in {"FileNotFoundError", "IOError"}


def test_items_that_cannot_be_read_are_told_with_the_error() -> None:
    reply = talk(("items", b"cnowhere\nThing\n."))[0]

    assert reply["error"] == "ModuleNotFoundError"


def test_a_module_of_the_standard_library_is_imported_by_its_name() -> None:
    replies = talk(
        ("load", (None, "math", None, "sqrt")), ("items", pickle.dumps([4, 9], 2)), ("run", ("sequential", 1))
    )

    assert values(replies[-1]) == [2.0, 3.0]


def test_only_what_is_said_of_the_lock_is_kept() -> None:
    before = len(guest._switched)

    guest.heed("The global interpreter lock (GIL) has been enabled to load module 'x'", RuntimeWarning, "x.py", 1)
    guest.heed("something else", RuntimeWarning, "x.py", 1)

    assert guest._switched[before:] == ["The global interpreter lock (GIL) has been enabled to load module 'x'"]
    del guest._switched[before:]


def test_an_error_whose_text_cannot_be_told_is_shown_in_another_way() -> None:
    class Silent(Exception):  # noqa: N818  it is about its text
        def __str__(self) -> str:
            raise ValueError

    assert work.text_of(Silent()) == "Silent()"
