"""For all tests of pipelines: workers without coverage, which has seen them in the tests of executors."""

from collections.abc import Iterator

import pytest

from programs import programs_unmeasured


@pytest.fixture(autouse=True, scope="package")
def unmeasured_workers() -> Iterator[None]:
    with programs_unmeasured():
        yield
