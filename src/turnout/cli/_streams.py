"""The three standard streams, in whatever state the command line finds them."""

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import BinaryIO, TextIO

from turnout.errors import UsageError

_STAND_INS = {
    "█": "#",
    "▓": "%",
    "▒": "+",
    "░": "-",
    "·": ".",
    "─": "-",
    "━": "=",
    "│": "|",
    "µ": "u",
    "…": "~",
}
"""What our drawings become in an encoding that lacks their characters, each as wide as what it stands for."""


_stand_in_streams: set[str] = set()


def is_closed(name: str) -> bool:
    """Tell whether our parent has closed ``"stdout"``, say, so that what is written there is lost."""
    return name in _stand_in_streams


def prepare_streams() -> None:
    """Open streams that our parent closed, and let none end the command for want of a character."""
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:  # and, in this order, it gets its own number again, which nothing else may take
            handle = os.open(os.devnull, flags)
            os.set_inheritable(handle, True)  # for programs and workers, whose files would get the number otherwise
            stream = os.fdopen(handle, mode, encoding="utf-8")
            setattr(sys, name, stream)
            _stand_in_streams.add(name)
            setattr(sys, f"__{name}__", stream)
    codecs.register_error("turnout", _stand_in)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and getattr(stream, "errors", None) in {"strict", "surrogateescape"}:
            reconfigure(errors="turnout")


@contextmanager
def kept_for_records() -> Iterator[BinaryIO]:
    """Yield standard output, unbuffered, for the time of a block in which all that is printed goes to standard error.

    That holds for what is written to its descriptor, too, as programs and code in C do.
    """
    output = sys.stdout
    output.flush()
    with redirect_stdout(sys.stderr):
        try:
            number, instead = output.fileno(), sys.stderr.fileno()
        except (OSError, ValueError, AttributeError):  # something else stands there, without a descriptor
            yield output.buffer
            return
        with os.fdopen(os.dup(number), "wb", buffering=0) as records:
            os.dup2(instead, number)
            try:
                yield records
            finally:
                os.dup2(records.fileno(), number)


def write_out(text: str) -> None:
    """Print ``text`` on standard output, and see it written.

    Raises:
        BrokenPipeError: If nobody reads any more.
        UsageError: If it cannot be written for another reason.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise UsageError(f"standard output cannot be written ({error.strerror}); send it elsewhere") from None


def drop_output(*streams: TextIO) -> None:
    """Send what is still to be printed nowhere: it would fail again when the interpreter closes the stream.

    Args:
        streams: Which; standard output by default.
    """
    for stream in streams or (sys.stdout,):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_STAND_INS.get(character, "?") for character in error.object[error.start : error.end]), error.end
