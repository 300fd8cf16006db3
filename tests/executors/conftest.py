"""After each test: nothing is left behind."""

from collections.abc import Iterator

import pytest

from executors.leftovers import holdings, left_since


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = holdings()
    yield
    assert left_since(before) == []
