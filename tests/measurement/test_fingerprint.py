import os
import pickle
import struct
import subprocess
import sys
from ctypes import py_object
from pathlib import Path
from threading import Lock
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from measurement.fingerprint_values import EQUALS, VALUES, Page, Plain
from turnout.errors import RemoteError, WorkerDiedError
from turnout.measurement import fingerprint, fingerprints
from turnout.outcomes import Failure, Outcome, Success

keys = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
trees = st.recursive(
    keys | st.complex_numbers(allow_nan=False) | st.fractions() | st.decimals(allow_nan=False) | st.datetimes(),
    lambda children: (
        st.lists(children)
        | st.tuples(children, children)
        | st.dictionaries(keys, children)
        | st.sets(keys)
        | st.frozensets(keys)
    ),
    max_leaves=20,
)


def print_of(value: object) -> int:
    return fingerprint(Success(value, None, 0))


def print_of_error(error: BaseException) -> int:
    return fingerprint(Failure(error, None, 0))


@given(trees)
def test_a_value_that_was_pickled_keeps_its_fingerprint(value: object) -> None:
    copy = pickle.loads(pickle.dumps(value))

    assert print_of(copy) == print_of(value) != 0


@given(trees, trees)
def test_two_values_have_one_fingerprint_if_and_only_if_they_are_equal(one: object, other: object) -> None:
    assert (print_of(one) == print_of(other)) == (one == other)


@given(st.lists(keys, min_size=1), st.integers(min_value=0))
def test_a_change_anywhere_in_a_tree_changes_the_fingerprint(values: list[object], place: int) -> None:
    changed = list(values)
    changed[place % len(values)] = ("changed",)

    assert print_of({"tree": [values]}) != print_of({"tree": [changed]})


def test_values_of_every_kind_have_fingerprints_of_their_own() -> None:
    packed = fingerprints(Success(value, None, 0) for value in VALUES)

    numbers = struct.unpack(f"<{len(VALUES)}Q", packed)
    assert 0 not in numbers
    assert len(set(numbers)) == len(VALUES)


def test_another_process_with_another_hash_seed_finds_the_same_fingerprints() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent.parent)!r}); "
        "from measurement.fingerprint_values import VALUES; from turnout.measurement import fingerprints; "
        "from turnout.outcomes import Success; "
        "sys.stdout.write(fingerprints(Success(value, None, 0) for value in VALUES).hex())"
    )

    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert found == [fingerprints(Success(value, None, 0) for value in VALUES).hex()] * 2


@pytest.mark.parametrize(("one", "other"), EQUALS)
def test_what_equals_across_types_has_one_fingerprint(one: object, other: object) -> None:
    assert one == other
    assert print_of(one) == print_of(other) != 0


def test_nan_equals_nan_as_deep_as_it_lies() -> None:
    assert print_of([(float("nan"),)]) == print_of([(float("-nan"),)])


def test_an_object_without_its_own_equality_is_told_by_its_state() -> None:
    assert print_of(Plain(a=1)) == print_of(Plain(a=1))
    assert print_of(Plain(a=1)) != print_of(Plain(a=2))
    assert print_of(Plain(a=1)) != print_of(SimpleNamespace(a=1))


def test_a_class_of_the_main_script_is_the_same_one_in_a_spawned_process() -> None:
    here = type("Result", (), {"__module__": "__main__"})
    there = type("Result", (), {"__module__": "__mp_main__"})

    assert print_of(here()) == print_of(there()) != 0


def test_shared_parts_and_copies_of_them_are_alike() -> None:
    part = ["part"]

    assert print_of([part, part]) == print_of([["part"], ["part"]])


def test_a_list_that_holds_itself_can_be_compared() -> None:
    one: list[object] = [1]
    one.append(one)
    other: list[object] = [1]
    other.append(other)

    assert print_of(one) == print_of(other) != 0
    assert print_of(one) != print_of([1, [1]])


def test_children_that_know_their_parent_can_be_compared() -> None:
    parent = Plain(name="parent")
    parent.__dict__["child"] = Plain(parent=parent)

    assert print_of(parent) == print_of(pickle.loads(pickle.dumps(parent))) != 0


def test_arrays_are_told_by_format_shape_and_bytes() -> None:
    flat = memoryview(struct.pack("4d", 1, 2, 3, 4))

    one, other = flat.cast("d", shape=[2, 2]), flat.cast("d", shape=[4])

    assert print_of(one) == print_of(flat.cast("d", shape=[2, 2])) != 0
    assert len({print_of(one), print_of(other), print_of(flat.cast("q")), print_of(flat)}) == 4


class Obstinate:
    def __reduce__(self) -> tuple[object, ...]:
        raise OSError("no state")


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        Lock(),
        (number for number in [1]),
        lambda: None,
        Obstinate(),
        nested(200),
        [0] * 1_000_001,
        {"deep": [Lock()]},
        (py_object * 1)(),
    ],
    ids=[
        "a lock",
        "a generator",
        "a lambda",
        "one whose state raises",
        "too deep",
        "too many",
        "a lock within",
        "addresses",
    ],
)
def test_what_has_no_value_of_its_own_cannot_be_compared(value: object) -> None:
    assert print_of(value) == 0


def test_successes_are_even_and_failures_odd() -> None:
    assert print_of("text") % 2 == 0
    assert print_of_error(ValueError("text")) % 2 == 1


@given(st.text(), st.text())
def test_failures_are_told_by_type_and_text(one: str, other: str) -> None:
    assume(one != other)

    assert print_of_error(ValueError(one)) == print_of_error(ValueError(one))
    assert print_of_error(ValueError(one)) != print_of_error(ValueError(other))
    assert print_of_error(ValueError(one)) != print_of_error(TypeError(one))


def test_a_failure_does_not_differ_for_an_address_or_a_process_number() -> None:
    assert print_of_error(ValueError("<a at 0x7f0012ab>")) == print_of_error(ValueError("<a at 0x7f9999cd>"))
    assert print_of_error(WorkerDiedError(10, -9)) == print_of_error(WorkerDiedError(11, -9))
    assert print_of_error(WorkerDiedError(10, -9)) != print_of_error(WorkerDiedError(10, -11))


def test_an_error_that_could_not_cross_equals_the_one_that_it_stands_for() -> None:
    assert print_of_error(RemoteError("package.module.Refused", "no")) == print_of_error(
        type("Refused", (Exception,), {})("no")
    )


class Mute(Exception):  # noqa: N818  it is no error of ours
    def __str__(self) -> str:
        raise OSError("no text")


def test_a_failure_whose_text_raises_cannot_be_compared() -> None:
    assert print_of_error(Mute()) == 0


def test_fingerprints_are_packed_in_order() -> None:
    outcomes: list[Outcome[object]] = [
        Success(1, None, 0),
        Failure(ValueError("two"), None, 1),
        Success(Lock(), None, 2),
    ]

    packed = fingerprints(outcomes)

    assert struct.unpack("<3Q", packed) == (print_of(1), print_of_error(ValueError("two")), 0)


def test_a_module_is_told_by_its_name() -> None:
    assert print_of(ModuleType("one")) == print_of(ModuleType("one"))
    assert print_of(ModuleType("one")) != print_of(ModuleType("two"))


def test_a_number_of_another_library_equals_pythons() -> None:
    class Count:
        def __index__(self) -> int:
            return 7

    assert print_of(Count()) == print_of(7)


def test_a_page_is_told_by_the_fields_that_it_compares() -> None:
    assert print_of(Page("a", ["b"])) != print_of(Page("a", ["c"]))
