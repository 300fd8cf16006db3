"""For all tests: where programs that they start look for modules, a browser, and what forking costs under coverage."""

import os
import posix
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from browser_visits import chromium
from programs import programs_unmeasured

if TYPE_CHECKING:
    from playwright.sync_api import Browser

with suppress(ImportError):  # other Pythons run some of these tests, without Hypothesis
    from hypothesis import settings

    # a loaded machine is no fault of a test, and no test measures time
    settings.register_profile("unhurried", deadline=None, max_examples=50)  # half as many, as all tests are long
    settings.load_profile("unhurried")

os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]))


@pytest.fixture
def unmeasured_workers() -> Iterator[None]:
    with programs_unmeasured():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as running:
        yield running


def leave(status: int) -> NoReturn:
    """End a forked worker, and keep what ran in it; coverage would keep again what had run in each of its parents.

    That would make a fork three times as long, and there are thousands.
    """
    measurement = sys.modules["coverage"].Coverage.current()
    if measurement is not None:
        with suppress(Exception):  # whatever becomes of that, the process ends
            measurement.save()
    posix._exit(status)


def leave_quickly() -> None:
    """Take the place of coverage's own way out of a forked process."""
    os._exit = leave


if "coverage" in sys.modules:
    os.register_at_fork(after_in_child=leave_quickly)
