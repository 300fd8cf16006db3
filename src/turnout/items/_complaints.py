"""Sentences about what a user's own code or words got wrong."""

import difflib
import sysconfig
import traceback
from collections.abc import Iterable

from turnout.errors import message_of

_TEXT_CHARS = 200
_NAMES_SHOWN = 8


def suggest(wrong: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names what may have been meant, or what there is to choose from."""
    names = sorted(set(known))
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    if not names:
        return "it has none"
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"it has {', '.join(names[:_NAMES_SHOWN])}{more}"


def describe_error(error: BaseException) -> str:
    """Return what was raised and where, in one line.

    The place is the deepest line of the user's own files: not of the standard library, nor of installed packages,
    unless there is no other.
    """
    first, *_ = message_of(error).splitlines() or [""]
    if isinstance(error, SyntaxError):
        first = error.msg
    text = shorten(first)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = _place(error)
    return f"{what} ({place})" if place else what


def shorten(text: str) -> str:
    """Return ``text``, cut where it would fill the screen."""
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]}..."


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}, line {error.lineno}"
    paths = sysconfig.get_paths()
    libraries = tuple({paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")})
    here = __file__.rpartition("_complaints")[0]
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(("<frozen", here))
    ]
    own = [frame for frame in frames if not frame.filename.startswith(libraries)]
    for frame in reversed(own or frames):
        return f"{frame.filename}, line {frame.lineno}"
    return ""
