"""That tests of one group share a process: what they start there would be started again in each other process."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_is_told_to_who_hands_out_tests(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process runs all tests")

    assert request.node.nodeid.endswith("@groups")
