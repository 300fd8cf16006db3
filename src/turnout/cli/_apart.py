"""Files that a command reads, and files that it writes: none is to be written over another."""

import argparse
import os
import stat
from collections.abc import Mapping, Sequence

from turnout.cli._items import STANDARD_INPUT
from turnout.cli._options import STANDARD_OUTPUT
from turnout.errors import UsageError
from turnout.items import file_of_object, items_file

_OBJECTS = ("target", "items_from", "key", "coroutine")


def check_apart(options: argparse.Namespace, written: Sequence[str]) -> None:
    """Raise a `UsageError` if a file would be written over another one that is read or written.

    Args:
        options: Of a command that takes a function and items.
        written: The names of those that name files to write.
    """
    check_written_apart(options, written, _files_read(options))


def check_written_apart(
    options: argparse.Namespace, written: Sequence[str], read: Mapping[str, str | int | None]
) -> None:
    """Raise a `UsageError` if a file would be written over another one that is read or written.

    Args:
        options: Of a command.
        written: The names of those that name files to write.
        read: What is read, by what names it: files, or the descriptor of standard input; None for nothing.
    """
    seen = {_identity(name): option for option, name in read.items() if name is not None}
    for word in written:
        name, option = getattr(options, word), f"--{word}"
        if name in {None, STANDARD_OUTPUT}:
            continue
        first = seen.setdefault(_identity(name), option)
        if first != option:
            raise UsageError(f"{first} and {option} name the same file, {name!r}; name another for one of them")


def _files_read(options: argparse.Namespace) -> dict[str, str | int | None]:
    """Return what is read."""
    items: str | int | None = options.items
    if items == STANDARD_INPUT:
        items = 0
    elif items is not None:
        items = str(items_file(options.items, options.column))
    objects = {word: getattr(options, word, None) for word in _OBJECTS}
    files = {_words(word): file_of_object(text) for word, text in objects.items() if text}
    return {"--items": items, **files}


def _words(word: str) -> str:
    return "TARGET" if word == "target" else f"--{word.replace('_', '-')}"


def _identity(name: str | int) -> object:
    """Return what all names of one file have in common."""
    try:
        status = os.stat(name)  # noqa: PTH116  it may be a descriptor
        if stat.S_ISREG(status.st_mode):
            return status.st_dev, status.st_ino
    except (OSError, ValueError):  # it is not there yet, or its name cannot be one
        pass
    try:
        return name if isinstance(name, int) else os.path.realpath(name)
    except (OSError, ValueError):  # the current folder is gone
        return name
