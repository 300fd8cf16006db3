"""What CPython's tests do not ask of a pool, or ask in another way."""

import sys
from typing import NoReturn

import pytest

from turnout.executors import ProcessExecutor


class ExitsWhenLoaded:
    """Pickles well, and exits the process that loads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return sys.exit, (3,)


def make_trouble() -> ExitsWhenLoaded:
    return ExitsWhenLoaded()


def leave() -> NoReturn:
    sys.exit(3)


def test_a_result_that_exits_while_it_loads_fails_its_call_alone() -> None:
    with ProcessExecutor(1) as executor:
        trouble, fine = executor.submit(make_trouble), executor.submit(abs, -1)

        assert isinstance(trouble.exception(timeout=30), SystemExit)
        assert fine.result(timeout=30) == 1


def test_a_call_that_exits_fails_alone() -> None:
    with ProcessExecutor(1) as executor:
        trouble, fine = executor.submit(leave), executor.submit(abs, -1)

        assert isinstance(trouble.exception(timeout=30), SystemExit)
        assert fine.result(timeout=30) == 1


@pytest.mark.parametrize("chunksize", [1, 3, 100])
def test_map_gives_the_same_results_with_each_chunk_size(chunksize: int) -> None:
    with ProcessExecutor(2) as executor:
        results = list(executor.map(pow, range(20), range(20), chunksize=chunksize))

    assert results == [base**base for base in range(20)]
