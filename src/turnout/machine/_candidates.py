"""Files on this machine that are named like a Python; the only module that imports findpython.

findpython knows where PATH, pyenv, uv, rye, asdf, the Windows registry (which the py launcher reads) and macOS keep
them. It would also ask each one for its version, one after the other and without an end if one hangs, and in words
that Python 2 implementations do not understand: `_interpreters` does that part.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from findpython.providers import ALL_PROVIDERS
from findpython.providers.base import BaseProvider

# implementations whose names findpython passes over
_OTHERS = re.compile(r"(graalpy|graalpython|ipy|ipy64|rustpython|cinder)(\d+(\.\d+)*)?(\.exe)?", re.IGNORECASE)
_PYTHON = re.compile(
    r"(python|pypy|jython|pyston|micropython|graalpy|graalpython|ipy|ipy64|rustpython|cinder|ironpython)[-\w.]*",
    re.IGNORECASE,
)


def providers() -> list[BaseProvider]:
    """Return what knows a place on this machine where Pythons are kept."""
    created = (provider.create() for provider in ALL_PROVIDERS.values())
    return [provider for provider in created if provider is not None]


def path_folders() -> list[Path]:
    """Return the folders of PATH."""
    return [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]


def candidates(known: Iterable[BaseProvider], folders: Sequence[Path], always: Iterable[Path] = ()) -> list[Path]:
    """Return executables named like a Python, each program once however many links lead to it.

    Args:
        known: Where findpython is to look.
        folders: Where to look for implementations that findpython does not know.
        always: Executables to include whatever they are called.
    """
    found: dict[str, Path] = {}
    every = (*always, *_of_providers(known), *_of_folders(folders))
    for path in sorted(every, key=lambda path: len(path.name)):  # of python3.6 and python3.6m, the first
        found.setdefault(_program(path), path)
    return list(found.values())


def _of_providers(known: Iterable[BaseProvider]) -> Iterator[Path]:
    for provider in known:
        try:
            for version in provider.find_pythons():
                yield version.executable
        except OSError:  # a folder that may not be read holds no Python that could be started
            continue


def _of_folders(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208  a Path for each of thousands of files is slow
        except OSError:
            continue
        for name in names:
            if _OTHERS.fullmatch(name) and os.access(folder / name, os.X_OK):
                yield folder / name


def _program(path: Path) -> str:
    """Return what is the same for all links to one program, unless that is a launcher which goes by the link's name."""
    try:
        real = path.resolve()
        status = real.stat()
    except (OSError, RuntimeError):  # a link to itself
        return str(path)
    if not _PYTHON.fullmatch(real.name) or not status.st_ino:
        return str(path)
    return f"{status.st_dev}:{status.st_ino}"
