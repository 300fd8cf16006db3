"""What can go wrong, as one tree.

    TurnoutError
    ├── UsageError              the caller's words are off; the command line leaves with status 2
    │   ├── TargetError         no such module, file, function, or not one that takes an item
    │   ├── ItemsError          no items, or one that cannot be read
    │   └── ExecutorError       no such executor, or one that does not suit the function
    ├── UnavailableError        this machine or installation lacks something; tells how to get it
    ├── TransferError           a function, item or result cannot be sent to a worker or back
    ├── RemoteError             stands for an exception that could not itself be sent back
    └── WorkerDiedError         the worker process ended while it held the item

Each error keeps its arguments, so that it survives a pickle, and builds its sentence in ``__str__``.
"""

import signal
from enum import IntEnum
from pickle import PicklingError


class ExitStatus(IntEnum):
    """What the command line leaves with."""

    OK = 0
    FINDING = 1
    USAGE = 2
    INTERRUPTED = 130


class TurnoutError(Exception):
    """Anything that ``turnout`` raises for a caller to catch."""


class UsageError(TurnoutError, ValueError):
    """What was asked cannot be understood or done; the message says what to do instead."""


class TargetError(UsageError):
    """The function to run cannot be found, or does not take one item."""


class ItemsError(UsageError):
    """There are no items, or an item cannot be read."""


class ExecutorError(UsageError):
    """There is no such executor, or it does not suit the function."""


class UnavailableError(TurnoutError):
    """Something that was asked for is not on this machine.

    Args:
        what: What was asked for.
        reason: Why it is not to be had here.
        remedy: What to do about it.
    """

    def __init__(self, what: str, reason: str, remedy: str) -> None:
        super().__init__(what, reason, remedy)
        self.what = what
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} is not available: {self.reason}; {self.remedy}"


class TransferError(TurnoutError, PicklingError):
    """An object cannot cross to a worker or back.

    Args:
        role: What the object is: ``"the function"``, ``"item 3"``, ``"the result of item 3"``.
        culprit: The part that cannot be pickled, as a path from the object, and its type.
        reason: What the pickler said.
    """

    def __init__(self, role: str, culprit: str, reason: str) -> None:
        super().__init__(role, culprit, reason)
        self.role = role
        self.culprit = culprit
        self.reason = reason

    def __str__(self) -> str:
        remedy = "return plain data instead" if "result" in self.role else "make it inside the function"
        return (
            f"{self.role} cannot be sent between processes: {self.culprit} does not pickle ({self.reason}); "
            f"{remedy}, or use the threads executor"
        )


class RemoteError(TurnoutError):
    """A worker's exception that could not be sent back as itself.

    Args:
        type_name: The qualified name of the exception's class.
        message: Its text.
    """

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(type_name, message)
        self.type_name = type_name
        self.message = message

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}"


class WorkerDiedError(TurnoutError):
    """A worker process ended while it held an item.

    Args:
        pid: The process that ended.
        exit_code: As in `subprocess.Popen.returncode`: negative for a signal; None if it is not known.
    """

    def __init__(self, pid: int, exit_code: int | None) -> None:
        super().__init__(pid, exit_code)
        self.pid = pid
        self.exit_code = exit_code

    def __str__(self) -> str:
        match self.exit_code:
            case None:
                how = "in an unknown way"
            case code if code < 0:
                how = f"by signal {-code} ({_signal_name(-code)})"
            case code:
                how = f"with exit status {code}"
        return f"the worker process {self.pid} ended {how} while it held the item"


def message_of(error: BaseException) -> str:
    """Return the text of any exception, also of one whose own ``__str__`` raises."""
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001  it is the user's code
        return f"its text cannot be told: {type(failure).__name__} in its __str__"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"
