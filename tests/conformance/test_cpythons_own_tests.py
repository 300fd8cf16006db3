"""CPython's own tests of `concurrent.futures`, run against our executors.

One process for each kind of executor, all at once: the tests mostly sleep.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conformance.exemptions import EXEMPTIONS, Exemption
from conformance.run_upstream import KINDS
from conformance.upstream import find_tests
from programs import unmeasured
from pythons.interpreters import interpreters_of, pure_packages

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SUBJECTS = ("Initializer", "Shutdown", "Wait", "AsCompleted", "Deadlock", "Executor")
TIMEOUT_S = 420
OTHER_VERSIONS = ((3, 12), (3, 13), (3, 14), (3, 15))

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("conformance")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one test of CPython's.

    Attributes:
        test: ``Class.test``.
        result: ``passed``, ``failed``, ``skipped``, ``exempt`` or ``hung``.
        detail: A traceback, or why it was skipped.
        seconds: How long it took.
    """

    test: str
    result: str
    detail: str
    seconds: float

    @property
    def subject(self) -> str:
        """What the test is about."""
        rest = self.test
        for kind in KINDS:
            rest = rest.removeprefix(kind)
        rest = rest.removeprefix("ProcessPool")
        return next((subject for subject in SUBJECTS if subject.lower() in rest.partition(".")[0].lower()), "Executor")


@dataclass(frozen=True, slots=True)
class Upstream:
    """CPython's tests under way, a process for each kind of executor."""

    processes: dict[str, "subprocess.Popen[bytes]"]
    results: Path

    def lines(self, kind: str) -> dict[str, Line]:
        """Wait for one kind and return what became of its tests."""
        process = self.processes[kind]
        process.wait(TIMEOUT_S)
        output = (self.results / f"{kind}.log").read_text(encoding="utf-8", errors="replace")
        found: dict[str, Line] = {}
        for text in (self.results / kind).read_text(encoding="utf-8").splitlines():
            line = Line(**json.loads(text))
            found[line.test] = line
        assert found, output
        assert process.returncode == 0, f"{output}\n{[line for line in found.values() if line.result == 'hung']}"
        return found


def start(python: str, folder: Path, scratch: Path, paths: tuple[Path, ...] = ()) -> Upstream:
    """Run the tests in ``folder`` with ``python``, which finds turnout through ``paths`` if it has none itself."""
    (scratch / "upstream").mkdir()
    (scratch / "upstream" / "test").symlink_to(folder)
    environment = unmeasured(PYTHONPATH=os.pathsep.join(map(str, paths)))
    exempt = [exemption.tests for exemption in EXEMPTIONS]
    processes = {}
    for kind in KINDS:
        command = [python, str(HERE / "run_upstream.py"), str(scratch / "upstream"), str(scratch / kind), kind]
        with (scratch / f"{kind}.log").open("wb") as log:
            processes[kind] = subprocess.Popen(command + exempt, env=environment, stdout=log, stderr=log)
    return Upstream(processes, scratch)


def stop(upstream: Upstream) -> None:
    """End what has not ended."""
    for process in upstream.processes.values():
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    folder = find_tests()
    if folder is None:
        pytest.skip("CPython's own tests are not on this machine (Debian: libpython3.11-testsuite)")
    running = start(sys.executable, folder, tmp_path_factory.mktemp("conformance"))
    yield running
    stop(running)


def failures(lines: dict[str, Line]) -> str:
    """Return what went wrong, readable."""
    wrong = [line for line in lines.values() if line.result in ("failed", "hung")]
    return "\n\n".join(f"{line.test} {line.result} after {line.seconds} s\n{line.detail}" for line in wrong)


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_our_executors_pass_cpythons_own_tests(upstream: Upstream, kind: str, subject: str) -> None:
    lines = {test: line for test, line in upstream.lines(kind).items() if line.subject == subject}

    if not lines and (kind, subject) == ("ThreadPool", "Deadlock"):
        pytest.skip("CPython has no such test for threads")
    assert lines
    assert not failures(lines)


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda exemption: exemption.tests)
def test_an_exemption_names_tests_that_exist(upstream: Upstream, exemption: Exemption) -> None:
    if sys.version_info < exemption.since:
        pytest.skip("of a later version")

    exempt = [line.test for kind in KINDS for line in upstream.lines(kind).values() if line.result == "exempt"]

    assert any(fnmatchcase(test, exemption.tests) for test in exempt)


@pytest.mark.parametrize("version", OTHER_VERSIONS, ids=lambda version: f"{version[0]}.{version[1]}")
def test_our_executors_pass_the_own_tests_of_other_versions(version: tuple[int, int], tmp_path: Path) -> None:
    folder, pythons = find_tests(version), interpreters_of(version)
    if folder is None or not pythons:
        pytest.skip(f"no Python {version[0]}.{version[1]} with CPython's own tests is on this machine")
    library = pure_packages(("cloudpickle",), tmp_path / "library")
    native = [python for python in pythons if folder.is_relative_to(python.resolve().parent.parent)]

    running = start(str((native or pythons)[0]), folder, tmp_path, (ROOT / "src", library))

    try:
        assert not "\n\n".join(failures(running.lines(kind)) for kind in KINDS).strip()
    finally:
        stop(running)


def test_the_docs_tell_each_exemption_and_its_reason() -> None:
    told = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")

    missing = [e.tests for e in EXEMPTIONS if f"`{e.tests}`" not in told or e.reason not in told]

    assert missing == []
