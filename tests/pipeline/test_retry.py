import pickle
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from turnout import Retry
from turnout.clock import epoch_s
from turnout.errors import RemoteError, TimeLimitError, UsageError, WorkerDiedError
from turnout.executors._pickling import pack_error, unpack_error
from turnout.pipeline._retry import checked_retry, retry_after_s


class BusyError(Exception):
    def __init__(self, **attributes: Any) -> None:  # whatever an HTTP library puts on its errors
        super().__init__()
        self.__dict__.update(attributes)


def test_a_count_stands_for_so_many_further_tries() -> None:
    policy = checked_retry(2)

    assert policy is not None
    assert [policy.delay_s(ValueError(), attempt) is not None for attempt in (1, 2, 3)] == [True, True, False]


def test_no_retries_are_no_policy() -> None:
    assert checked_retry(0) is None


def test_waits_are_random_below_a_bound_that_doubles_up_to_a_minute() -> None:
    policy = Retry(times=100)

    waits = {attempt: [policy.delay_s(ValueError(), attempt) or 0.0 for _ in range(50)] for attempt in (1, 2, 3, 30)}

    assert all(max(found) <= bound for found, bound in zip(waits.values(), (0.1, 0.2, 0.4, 60), strict=True))
    assert all(len(set(found)) > 10 for found in waits.values())


def test_only_the_named_errors_are_worth_another_try() -> None:
    policy = Retry(times=1, on=(OSError,))

    assert policy.delay_s(ConnectionResetError(), 1) is not None
    assert policy.delay_s(ValueError(), 1) is None


@pytest.mark.parametrize("error", [WorkerDiedError(1, -9), TimeLimitError(1.0, "its process was ended")])
def test_a_lost_worker_and_a_time_limit_are_worth_another_try(error: Exception) -> None:
    assert Retry(times=1).delay_s(error, 1) is not None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_leaving_is_not_worth_another_try(error: BaseException) -> None:
    assert Retry(times=1).delay_s(error, 1) is None


def test_an_error_that_could_not_come_back_as_itself_is_known_by_its_kinds() -> None:
    class CustomError(ConnectionError):
        def __init__(self, host: str, port: int) -> None:
            super().__init__(f"{host}:{port}")

    error = unpack_error(pack_error(CustomError("h", 1)))

    assert isinstance(error, RemoteError)
    assert Retry(times=1, on=(OSError,)).delay_s(error, 1) is not None
    assert Retry(times=1, on=ConnectionError).delay_s(error, 1) is not None  # type: ignore[arg-type]  # it is taken, too
    assert Retry(times=1, on=(ValueError,)).delay_s(error, 1) is None


def test_an_error_whose_own_code_fails_asks_for_no_wait() -> None:
    class BrokenError(Exception):
        @property
        def retry_after(self) -> int:
            raise RuntimeError("not now")

    assert retry_after_s(BrokenError()) is None


def test_a_wait_of_tenacity_is_taken() -> None:
    policy = Retry(times=9, wait=tenacity.wait_fixed(2) + tenacity.wait_incrementing(start=0, increment=1))

    assert [policy.delay_s(ValueError(), attempt) for attempt in (1, 2, 3)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("error", "expected_s"),
    [
        (BusyError(retry_after=7), 7),
        (BusyError(retry_after="7"), 7),
        (BusyError(headers={"Retry-After": "3"}), 3),
        (BusyError(headers={"retry-after": "3"}), 3),
        (BusyError(response=SimpleNamespace(headers={"Retry-After": "4"})), 4),
        (BusyError(retry_after=-5), 0),
        (BusyError(retry_after="soon"), None),
        (BusyError(retry_after=float("nan")), None),
        (BusyError(retry_after=[1]), None),
        (BusyError(headers=None, response=None), None),
        (ValueError(), None),
    ],
)
def test_an_error_may_ask_for_a_wait(error: Exception, expected_s: float | None) -> None:
    assert retry_after_s(error) == expected_s


def test_an_error_may_ask_to_wait_until_a_date() -> None:
    error = BusyError(headers={"Retry-After": formatdate(epoch_s() + 100, usegmt=True)})

    assert 90 < (retry_after_s(error) or 0) <= 100


def test_what_the_error_asks_for_is_the_least_that_is_waited() -> None:
    assert Retry(times=1).delay_s(BusyError(retry_after=30), 1) == 30


def test_an_error_that_asks_for_too_long_a_wait_is_final() -> None:
    assert Retry(times=1, longest_hint_s=60).delay_s(BusyError(retry_after=61), 1) is None


@pytest.mark.parametrize("times", [-1, 1.5, "3", True, None])
def test_a_number_of_retries_that_is_none_is_refused(times: Any) -> None:
    with pytest.raises(UsageError, match="retries must be a whole number"):
        Retry(times=times)


@pytest.mark.parametrize(
    ("option", "value"),
    [("on", 3), ("on", ("OSError",)), ("on", (int,)), ("wait", 5), ("longest_hint_s", -1), ("longest_hint_s", "1")],
)
def test_a_policy_that_could_not_be_followed_is_refused(option: str, value: Any) -> None:
    with pytest.raises(UsageError, match=option):
        Retry(times=1, **{option: value})


def test_a_policy_pickles() -> None:
    policy = Retry(times=3, on=(OSError,))

    assert pickle.loads(pickle.dumps(policy)) == policy
