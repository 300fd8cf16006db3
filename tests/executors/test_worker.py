"""What a worker does with what items raise."""

import signal

import pytest

from turnout.executors._worker import Marks, run_batch


def make_another_error_of_an_interrupt(item: int) -> int:
    if item == 1:
        try:
            signal.default_int_handler(signal.SIGINT, None)
        except KeyboardInterrupt:
            raise RuntimeError("release unlocked lock") from None  # as `threading.Condition.wait` does
    return item


def test_an_interrupt_that_the_item_made_another_error_of_is_one() -> None:
    values: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        run_batch(
            make_another_error_of_an_interrupt,
            range(3),
            Marks(3),
            fine_cpu=False,
            let_through=(KeyboardInterrupt,),
            values=values,
        )

    assert values == [0]


def test_where_no_interrupt_strikes_it_is_an_error_like_any_other() -> None:
    values, failures = run_batch(make_another_error_of_an_interrupt, range(3), Marks(3), fine_cpu=False)

    assert values == [0, None, 2]
    assert [type(error) for error in failures.values()] == [RuntimeError]
