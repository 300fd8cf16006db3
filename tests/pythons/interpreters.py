"""Finds other interpreters for the tests, and hands them packages that hold no compiled code."""

import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from findpython import PythonVersion, find_all

ROOT = Path(__file__).parent.parent.parent
UNPACKED = ROOT / ".cache" / "pythons"


def unpacked() -> list[Path]:
    """Return the interpreters that ``make pythons`` unpacked."""
    return sorted(UNPACKED.glob("*/bin/python3"))


@cache
def _installed() -> list[PythonVersion]:
    """Return those that the system's ways of installing them have put here; each is started once to be asked."""
    return list(find_all())


@cache
def interpreters_of(version: tuple[int, int]) -> list[Path]:
    """Return this machine's interpreters of a minor version, unpacked ones first."""
    script = "import sys; print(*sys.version_info[:2])"
    ours = [
        python
        for python in unpacked()
        if subprocess.run([python, "-c", script], capture_output=True, text=True, check=False).stdout.split()
        == [str(part) for part in version]
    ]
    return ours + [found.executable for found in _installed() if (found.major, found.minor) == version]


def readable() -> list[Path]:
    """Return the unpacked ones, and one of 3.12 if this machine has it: those whose inside is known besides 3.11."""
    return unpacked() + interpreters_of((3, 12))[:1]


def pure_packages(names: Iterable[str], into: Path) -> Path:
    """Link these distributions of the running interpreter into a folder, for another interpreter's PYTHONPATH.

    Raises:
        ValueError: If one of them holds compiled code, which another interpreter cannot load.
    """
    into.mkdir(parents=True)
    for name in names:
        found = distribution(name)
        files = [file for file in found.files or () if ".." not in file.parts]
        compiled = [file for file in files if file.suffix in (".so", ".pyd")]
        if compiled:
            raise ValueError(f"{name} is not pure Python: it holds {compiled[0]}")
        for top in {file.parts[0] for file in files} - {"__pycache__"}:
            (into / top).symlink_to(Path(str(found.locate_file(top))))
    return into
