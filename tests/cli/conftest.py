"""A command that runs within a test leaves the process's settings as it found them."""

import gc
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def settings_of_the_process() -> Iterator[None]:
    """Put back what a command sets for the rest of its process: how long a thread keeps the lock, when to collect."""
    interval_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval_s)
    gc.set_threshold(*thresholds)
