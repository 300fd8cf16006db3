import pickle
import threading
from typing import Any

import pytest

from turnout.errors import RemoteError, TransferError
from turnout.executors._pickling import RemoteTraceback, dumps, pack_error, unpack_error

LOCK = threading.Lock()


class Holder:
    def __init__(self, content: object) -> None:
        self.content = content


class NeedsTwoError(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def uses_the_lock() -> bool:
    return LOCK.locked()


def throw(error: BaseException) -> None:
    raise error


def raised(error: BaseException) -> BaseException:
    try:
        throw(error)
    except BaseException as caught:  # noqa: BLE001  it is what was asked for
        return caught
    raise AssertionError


@pytest.mark.parametrize(
    ("value", "culprit"),
    [
        (LOCK, "a _thread.lock"),
        ([1, LOCK], "its part [1] (a _thread.lock)"),
        ((0, {"a": LOCK}), "its part [1]['a'] (a _thread.lock)"),
        (Holder([LOCK]), "its part .content[0] (a _thread.lock)"),
    ],
)
def test_the_part_that_does_not_pickle_is_named(value: object, culprit: str) -> None:
    with pytest.raises(TransferError) as caught:
        dumps(value, lambda: "item 3")

    assert caught.value.culprit == culprit
    assert str(caught.value).startswith(f"item 3 cannot be sent between processes: {culprit} does not pickle (")


def test_the_variable_of_a_closure_is_named() -> None:
    lock = threading.Lock()

    with pytest.raises(TransferError, match=r"its part variable 'lock' \(a _thread.lock\)"):
        dumps(lambda: not lock.locked(), lambda: "the function")


def test_a_closure_and_a_lambda_are_sent_by_value() -> None:
    base = 40

    call: Any = pickle.loads(dumps(lambda number: base + number, lambda: "the function"))

    assert call(2) == 42


def test_an_error_comes_back_as_itself_with_its_remote_traceback() -> None:
    error = unpack_error(pack_error(raised(KeyError("lost"))))

    assert isinstance(error, KeyError)
    assert error.args == ("lost",)
    assert isinstance(error.__cause__, RemoteTraceback)
    assert "in throw" in str(error.__cause__)


@pytest.mark.parametrize("error", [NeedsTwoError("one", "two"), RuntimeError(LOCK)], ids=["loads", "pickles"])
def test_an_error_that_cannot_travel_is_stood_for_by_another(error: Exception) -> None:
    original = raised(error)

    stand_in = unpack_error(pack_error(original))

    assert isinstance(stand_in, RemoteError)
    assert stand_in.type_name.endswith(type(original).__qualname__)
    assert stand_in.message == str(original)


def test_an_error_that_does_not_load_here_says_so() -> None:
    error = unpack_error((b"no pickle", "there"))

    assert isinstance(error, RemoteError)
    assert "doesn't load here" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        TransferError("item 1", "a lock", "no"),
        RemoteError("ValueError", "bad"),
    ],
)
def test_our_own_errors_survive_a_pickle(error: Exception) -> None:
    copy: Any = pickle.loads(pickle.dumps(error))

    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))
