"""Finds CPython's own tests of `concurrent.futures`; prints their folder, or leaves with status 1.

They come with Python but not with every build of it: `test_concurrent_futures.py` up to 3.11, a package of that name
from 3.12. Any interpreter of the same minor version on this machine will do as a source.
"""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from findpython import find_all

TESTS = ("test_concurrent_futures", "test_concurrent_futures.py")


def candidates(major: int, minor: int) -> Iterator[Path]:
    """Yield folders where the standard library of this version of Python may lie, the running one's first."""
    if (major, minor) == sys.version_info[:2]:
        yield Path(sysconfig.get_path("stdlib"))
    yield Path(f"/usr/lib/python{major}.{minor}")
    yield Path(f"/usr/local/lib/python{major}.{minor}")
    for found in find_all(major, minor):
        yield found.real_path.parent.parent / "lib" / f"python{major}.{minor}"


def find_tests(version: tuple[int, int] = sys.version_info[:2]) -> Path | None:
    """Return the folder called ``test`` that holds CPython's tests for this version, or None."""
    for stdlib in candidates(*version):
        folder = stdlib / "test"
        if (folder / "support").is_dir() and any((folder / name).exists() for name in TESTS):
            return folder
    return None


if __name__ == "__main__":
    folder = find_tests()
    print(folder or "CPython's own tests are not on this machine")  # noqa: T201  a script prints
    sys.exit(folder is None)
