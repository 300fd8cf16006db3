"""What worker processes say, and what becomes of it in their parent."""

import pickle
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from turnout.executors._link import STREAMS

if TYPE_CHECKING:
    from logging import LogRecord

Stream = Literal["stdout", "stderr", "log", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that a worker process said.

    Attributes:
        item_index: Which item it was running; None if none, as a thread that goes on between items.
        worker_pid: Its process.
        stream: ``"stdout"``, ``"stderr"``, ``"log"`` or ``"warning"``.
        content: Text; or the logging record, with its message and traceback as text; or the warning.
    """

    item_index: int | None
    worker_pid: int
    stream: Stream
    content: "str | LogRecord | warnings.WarningMessage"


Hear = Callable[[Said], object]


def said(stream: int, payload: bytes | bytearray, *, item_index: int | None, worker_pid: int) -> Said:
    """Return what a worker sent.

    Args:
        stream: Its place in `STREAMS`.
        payload: The text as UTF-8, or a pickle of the parts of a record or warning.
        item_index: Which item it was running.
        worker_pid: Its process.
    """
    content: str | LogRecord | warnings.WarningMessage
    match name := STREAMS[stream]:
        case "log":
            fields, others = pickle.loads(payload)
            content = _record(fields | {"item_index": item_index, "worker_pid": worker_pid}, others)
        case "warning":
            content = _warning(pickle.loads(payload))
        case _:
            content = payload.decode("utf-8", "surrogatepass")
    return Said(item_index=item_index, worker_pid=worker_pid, stream=name, content=content)


def hear_all(hear: Hear, everything: Iterable[Said]) -> None:
    """Hand on what was said, in order."""
    for each in everything:
        hear(each)


def repeat(what: Said) -> None:
    """Say it here: text to the standard streams, records to their loggers, warnings to ``warnings.showwarning``."""
    match what.content:
        case str(text):
            _write(sys.stdout if what.stream == "stdout" else sys.stderr, text)
        case warnings.WarningMessage() as warning:
            # not `warn`, which could raise it: the worker's own filters have decided that it is shown
            warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno, line=warning.line)
        case record:
            import logging  # noqa: PLC0415  for those who log

            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)


def root_level() -> int:
    """Return the level of this process's root logger: the workers need not send what lies below."""
    logging = sys.modules.get("logging")
    return 30 if logging is None else int(logging.getLogger().level)  # warnings, where nobody has set up anything


def _record(fields: dict[str, object], others: bytes) -> "LogRecord":
    import logging  # noqa: PLC0415  for those who log

    with suppress(Exception):  # loading runs the objects' own code; they are in words then
        fields |= pickle.loads(others)
    return logging.makeLogRecord(fields)


def _warning(parts: tuple[bytes, str, type[Warning], str, int, str | None]) -> warnings.WarningMessage:
    whole, text, plain, filename, lineno, line = parts
    try:
        message, category = pickle.loads(whole)
    except Exception:  # noqa: BLE001  loading runs the warning's own code; or it could not be pickled
        message, category = plain(text), plain
    return warnings.WarningMessage(message, category, filename, lineno, line=line)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
