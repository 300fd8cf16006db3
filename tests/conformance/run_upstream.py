"""Runs CPython's own tests of `concurrent.futures` against our executors, in a process of its own.

    python run_upstream.py FOLDER RESULTS KIND [EXEMPTION ...]

FOLDER holds a ``test`` package. KIND is one of `KINDS`. An EXEMPTION is ``Class.test``, both may be shell patterns.
RESULTS gets a line of JSON for each test as it starts and ends: what is missing at the end is what hung. A test that
failed runs once more after the others, as in CPython's own CI, and the last line counts: many tests sleep for a second
and expect others to be done by then, which a busy machine does not promise.

CPython's tests look their executors up in `concurrent.futures`, so ours stand there before the tests are imported;
scripts that a test starts get the same preamble. Nothing here needs more than the standard library and turnout.
"""

import faulthandler
import importlib
import json
import os
import sys
import unittest
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from types import ModuleType, TracebackType
from typing import Any

KINDS = ("ProcessPoolForkserver", "ProcessPoolFork", "ProcessPoolSpawn", "ThreadPool")  # a prefix comes after
MODULES = ("init", "shutdown", "wait", "as_completed", "thread_pool", "process_pool", "deadlock")
TIMEOUT_S = 120  # no CPython test of these takes more than 10 s on an idle machine

PREAMBLE = """
import concurrent.futures as _futures, sys as _sys
_sys.path[:0] = {paths!r}
from turnout.executors import ProcessExecutor as _Processes, ThreadExecutor as _Threads
_futures.ThreadExecutor = _futures.ThreadPoolExecutor = _Threads
_futures.ProcessExecutor = _futures.ProcessPoolExecutor = _Processes
"""

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class LineResult(unittest.TestResult):
    """Writes what happens to each test, at once."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._lines = path.open("w", encoding="utf-8", buffering=1)
        self._started = 0.0
        self.failed: list[unittest.TestCase] = []

    def _write(self, test: unittest.TestCase, result: str, detail: str = "") -> None:
        seconds = round(perf_counter() - self._started, 2)
        line = {"test": name_of(test), "result": result, "detail": detail, "seconds": seconds}
        self._lines.write(json.dumps(line) + "\n")
        if result == "failed":
            self.failed.append(test)

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802  unittest's name
        super().startTest(test)
        self._started = perf_counter()
        self._write(test, "hung")

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802  unittest's name
        super().addSuccess(test)
        self._write(test, "passed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802  unittest's name
        super().addSkip(test, reason)
        self._write(test, "skipped", reason)

    def addError(self, test: unittest.TestCase, err: ErrorInfo) -> None:  # noqa: N802  unittest's name
        super().addError(test, err)
        self._write(test, "failed", self.errors[-1][1])

    def addFailure(self, test: unittest.TestCase, err: ErrorInfo) -> None:  # noqa: N802  unittest's name
        super().addFailure(test, err)
        self._write(test, "failed", self.failures[-1][1])

    def addSubTest(  # noqa: N802  unittest's name
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: ErrorInfo | None
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._write(test, "failed", repr(err[1]))

    def exempt(self, test: unittest.TestCase) -> None:
        """Note a test that was left out."""
        self._started = perf_counter()
        self._write(test, "exempt")


def name_of(test: unittest.TestCase) -> str:
    """Return ``Class.method``, which CPython keeps from version to version."""
    return f"{type(test).__name__}.{test.id().rpartition('.')[2]}"


def kind_of(class_name: str) -> str | None:
    """Return which executor a class of CPython's tests; None if it is neither threads nor processes."""
    return next((kind for kind in KINDS if class_name.startswith(kind)), None)


def put_ours_in_place(folder: str) -> None:
    """Make `concurrent.futures` hand out our executors, here and in scripts that the tests start."""
    elsewhere = os.environ.get("PYTHONPATH", "").split(os.pathsep)  # which those scripts are told to ignore
    preamble = PREAMBLE.format(paths=[folder, *filter(None, elsewhere)])
    exec(preamble, {})  # noqa: S102  our own text
    script_helper = importlib.import_module("test.support.script_helper")
    run: Callable[..., object] = script_helper.assert_python_ok

    def run_with_ours(*arguments: str, **options: Any) -> object:  # whatever the helper takes
        *before, flag, script = arguments
        return run(*before, flag, preamble + script if flag == "-c" else script, **options)

    script_helper.assert_python_ok = run_with_ours  # type: ignore[attr-defined]  # a module without stubs


def modules() -> Iterator[ModuleType]:
    """Import CPython's tests."""
    package = importlib.import_module("test.test_concurrent_futures")
    if not hasattr(package, "__path__"):
        yield package
        return
    for name in MODULES:
        yield importlib.import_module(f"test.test_concurrent_futures.test_{name}")


def tests_in(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """Yield the tests of a suite of suites."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from tests_in(part)
        else:
            yield part


def run_in_time(suite: unittest.TestSuite, result: LineResult) -> None:
    """Run a suite; show all stacks and end the process where it hangs."""
    faulthandler.dump_traceback_later(TIMEOUT_S * (1 + suite.countTestCases()), exit=True)
    suite.run(result)
    faulthandler.cancel_dump_traceback_later()


def main(folder: str, results: str, kind: str, *exemptions: str) -> None:
    put_ours_in_place(folder)
    result = LineResult(Path(results))
    for module in modules():
        suite = unittest.TestSuite()
        for test in tests_in(unittest.defaultTestLoader.loadTestsFromModule(module)):
            if kind_of(type(test).__name__) != kind:
                continue
            if any(fnmatchcase(name_of(test), pattern) for pattern in exemptions):
                result.exempt(test)
            else:
                suite.addTest(test)
        run_in_time(suite, result)
    once_more = [type(test)(test.id().rpartition(".")[2]) for test in dict.fromkeys(result.failed)]
    run_in_time(unittest.TestSuite(once_more), result)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    main(*sys.argv[1:])
