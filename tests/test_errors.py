import pickle

import pytest

from turnout.errors import WorkerDiedError


@pytest.mark.parametrize("error", [WorkerDiedError(5, -9), WorkerDiedError(5, None), WorkerDiedError(5, -9, True)])
def test_a_death_is_told_in_another_process_as_in_this_one(error: WorkerDiedError) -> None:
    copy = pickle.loads(pickle.dumps(error))

    assert str(copy) == str(error)
    assert (copy.pid, copy.exit_code, copy.memory_ran_out) == (error.pid, error.exit_code, error.memory_ran_out)


@pytest.mark.parametrize(
    ("exit_code", "memory_ran_out", "how"),
    [
        (7, False, "ended with exit status 7 while it held the item"),
        (-11, False, "ended by signal 11 (SIGSEGV) while it held the item"),
        (-63, False, "ended by signal 63 (unnamed) while it held the item"),
        (None, False, "ended in an unknown way while it held the item"),
        (
            -9,
            True,
            "ended by signal 9 (SIGKILL) while it held the item; the kernel ran out of memory and chose it",
        ),
    ],
)
def test_a_death_says_how(exit_code: int | None, memory_ran_out: bool, how: str) -> None:  # noqa: FBT001  a parameter
    assert str(WorkerDiedError(5, exit_code, memory_ran_out)) == f"the worker process 5 {how}"
