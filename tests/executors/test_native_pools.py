import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import threadpoolctl

from executors.subjects import SUBJECTS, Subject, each
from turnout import Success
from turnout.executors._native_pools import VARIABLES, limited_environment, threads_each
from turnout.machine import usable_cpus

processes = each(subject for subject in SUBJECTS if subject.executor == "processes")


@pytest.fixture(autouse=True)
def nothing_is_set() -> Iterator[None]:
    before = {name: os.environ.pop(name) for name in VARIABLES if name in os.environ}
    yield
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(before)


def blas_threads(_item: object) -> list[int]:
    """Return how many threads each native library has, numpy's among them."""
    np.ones((8, 8)) @ np.ones((8, 8))
    return [library["num_threads"] for library in threadpoolctl.threadpool_info()]


@processes
@pytest.mark.parametrize("workers", [2, 5])
def test_workers_share_the_cores(subject: Subject, workers: int) -> None:
    outcomes = list(subject.make(workers).stream(blas_threads, range(6), batch_size=1))

    fair = max(1, int(usable_cpus() // workers))
    found = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]
    assert len(found) == 6
    assert all(threads and set(threads) == {fair} for threads in found)


@processes
def test_workers_of_calls_share_the_cores(subject: Subject) -> None:
    with subject.make(2) as pool:
        found = pool.submit(blas_threads, None).result()

    assert found
    assert set(found) == {max(1, int(usable_cpus() // 2))}


def test_the_caller_keeps_its_own_threads() -> None:
    before = blas_threads(None)

    list(Subject("processes", "fork").make(2).stream(blas_threads, range(3)))

    assert blas_threads(None) == before
    assert not any(name in os.environ for name in VARIABLES)


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("name", ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"])
def test_what_the_user_has_set_stands(start_method: str, name: str) -> None:
    script = (
        "import json, sys, turnout\n"
        "from executors.test_native_pools import blas_threads\n"
        f"run = turnout.run(blas_threads, [1], executor='processes', workers=4, start_method={start_method!r})\n"
        "print(json.dumps(list(run.values())))\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, name: "2"}, capture_output=True, text=True, check=True
    )

    ((threads,),) = json.loads(ran.stdout)
    assert threads == min(2, os.cpu_count() or 1)


def test_a_limit_is_never_above_what_a_library_has() -> None:
    script = (
        "import numpy, threadpoolctl, turnout\n"
        "from turnout.executors._native_pools import limit_pools\n"
        "threadpoolctl.threadpool_limits(1)\n"
        "limit_pools(64)\n"
        "print({library['num_threads'] for library in threadpoolctl.threadpool_info()})\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "{1}\n"


@pytest.mark.parametrize("start_method", ["fork", "forkserver"])
def test_a_worker_without_such_a_library_loads_nothing_for_it(start_method: str) -> None:
    script = (
        "import turnout\n"
        "def loaded(_):\n"
        "    import os, sys\n"
        "    return 'threadpoolctl' in sys.modules, os.environ['OMP_NUM_THREADS']\n"
        f"run = turnout.run(loaded, [1], executor='processes', workers=99, start_method={start_method!r})\n"
        "print(*run.values())\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "(False, '1')\n"


@pytest.mark.parametrize(("workers", "cores", "fair"), [(1, 8.0, None), (2, 8.0, 4), (3, 8.0, 2), (8, 1.5, 1)])
def test_cores_are_shared_out_in_whole_threads(workers: int, cores: float, fair: int | None) -> None:
    assert threads_each(workers, cores) == fair


@pytest.mark.parametrize("name", VARIABLES)
def test_one_variable_of_the_users_decides_for_all(name: str) -> None:
    os.environ[name] = "3"

    assert threads_each(2, 8.0) is None
    assert limited_environment(None) == dict(os.environ)


def test_a_new_worker_has_all_variables_and_the_rest_of_the_environment() -> None:
    found: dict[str, Any] = dict(limited_environment(2))

    assert {name: found.pop(name) for name in VARIABLES} == dict.fromkeys(VARIABLES, "2")
    assert found == dict(os.environ)
