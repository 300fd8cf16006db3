"""The contract of the executors, under each interpreter that `make pythons` unpacked."""

import os
import subprocess
from pathlib import Path

import pytest

from pythons.interpreters import ROOT, pure_packages, unpacked

PACKAGES = ("cloudpickle", "iniconfig", "packaging", "pluggy", "pygments", "pytest")
CONTRACT = sorted((ROOT / "tests" / "executors").glob("test_contract*.py"))
TIMEOUT_S = 600  # a bound for a hang; half of that passes where the machine is busy

pytestmark = pytest.mark.integration


def test_there_are_other_interpreters() -> None:
    if not unpacked():
        pytest.skip("no other interpreters: set TURNOUT_INTERPRETERS to a folder of tarballs and run `make pythons`")

    assert all(os.access(python, os.X_OK) for python in unpacked())


@pytest.mark.parametrize("python", unpacked(), ids=lambda python: python.parent.parent.name)
def test_executors_keep_their_contract_under(python: Path, tmp_path: Path) -> None:
    library = pure_packages(PACKAGES, tmp_path / "library")
    paths = (ROOT / "src", ROOT / "tests", library)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}

    ran = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CONTRACT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
