"""Logging records of a worker process: they are sent to the parent, whose loggers handle them."""

import logging
import pickle

from turnout.executors._link import STREAMS
from turnout.executors._voice import Voice

PLAIN = (str, int, float, bool, type(None))  # what surely pickles and loads


class Sender(logging.Handler):
    """Sends records.

    Args:
        voice: Where they go.
        before: The handlers that it stands for, where they are: a process that the function forks keeps to them.
    """

    def __init__(self, voice: Voice, before: list[logging.Handler]) -> None:
        super().__init__()
        self._voice = voice
        self._before = before

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record; one that can't be told is complained about as by every handler."""
        if not self._voice.is_ours:
            for handler in self._before:
                if record.levelno >= handler.level:
                    handler.handle(record)
            return
        try:
            self._voice.end()
            self._voice.say(STREAMS.index("log"), _packed(record))
        except Exception:  # noqa: BLE001  the message's parts run their own code
            self.handleError(record)


def take_over(voice: Voice, level: int | None) -> None:
    """Have all records sent that would have been handled here, and none written twice.

    Args:
        voice: Where they go.
        level: For the root logger; None if it has the right one.
    """
    root = logging.getLogger()
    if level is not None:
        root.setLevel(level)
    root.handlers = [Sender(voice, root.handlers)]
    for logger in root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger) and logger.handlers:
            # the parent's logger of that name has them, and gives them what is sent
            logger.handlers = [] if logger.propagate else [Sender(voice, logger.handlers)]


def _packed(record: logging.LogRecord) -> bytes:
    """Return a record's fields, with its message and traceback as text, and the caller's own objects among them apart.

    All that is plain surely loads; the others stand beside it in words too, if they don't.
    """
    fields = dict(record.__dict__)
    if record.exc_info and not record.exc_text:
        fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
    fields |= {"msg": record.getMessage(), "args": None, "exc_info": None}
    others = {name: each for name, each in fields.items() if type(each) not in PLAIN}
    try:
        data = pickle.dumps(others) if others else b""
    except Exception:  # noqa: BLE001  pickling runs the objects' own code
        data = b""
    return pickle.dumps((fields | {name: repr(each) for name, each in others.items()}, data))
