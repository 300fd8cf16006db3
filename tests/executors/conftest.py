"""After each test: nothing is left behind."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from executors.leftovers import holdings, left_since
from executors.subjects import Hold, Subject
from programs import programs_unmeasured


@pytest.fixture(autouse=True)
def unmeasured_workers(request: pytest.FixtureRequest) -> Iterator[None]:
    with nullcontext() if request.node.get_closest_marker("xdist_group") else programs_unmeasured():  # Dask's are
        yield


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    subject = getattr(request.node, "callspec", None) and request.node.callspec.params.get("subject")
    if isinstance(subject, Subject):
        subject.prepare()
    before = holdings()
    yield
    assert left_since(before) == []


@pytest.fixture
def hold(nothing_is_left: None, tmp_path: Path) -> Iterator[Hold]:  # noqa: ARG001  released before that looks
    one = Hold(tmp_path)
    yield one
    one.release()
