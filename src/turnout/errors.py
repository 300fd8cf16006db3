"""What can go wrong, as one tree.

    TurnoutError
    ├── UsageError              the caller's words are off; the command line leaves with status 2
    │   ├── TargetError         no such module, file, function, or not one that takes an item
    │   ├── ItemsError          no items, or one that cannot be read
    │   ├── ExecutorError       no such executor, or one that does not suit the function
    │   ├── JournalError        a journal that is not ours, is in use, or belongs to other work
    │   └── ProcessError        no such process, or one that has gone meanwhile
    ├── UnavailableError        this machine or installation lacks something; tells how to get it
    ├── TransferError           a function, item or result cannot be sent to a worker or back
    ├── RemoteError             stands for an exception that could not itself be sent back
    ├── WorkerDiedError         the worker process ended while it held the item
    ├── TimeLimitError          the item took longer than it may
    ├── ObserveError            a living program cannot be looked into
    ├── ExchangeError           an HTTP exchange that did not come to its end
    ├── DownloadError           a file that did not arrive
    │   └── PassingError        for a reason that may pass: it is worth another try
    ├── FloodError              an event finds no room in the queue, where it may neither wait nor be dropped
    ├── BrokerError             a message broker cannot be reached, refuses, or does not take a message
    │   └── StoreError          a broker's file cannot be written, or is damaged
    └── ClusterError            a cluster's scheduler or server cannot be reached, or went away

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


class JournalError(UsageError):
    """A journal cannot be used for this run; the message says why and what to do."""


class ProcessError(UsageError):
    """A process cannot be looked at.

    Args:
        pid: Its number.
        reason: Why it cannot.
        remedy: What to do about it.
    """

    def __init__(self, pid: int, reason: str, remedy: str) -> None:
        super().__init__(pid, reason, remedy)
        self.pid = pid
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"process {self.pid} cannot be looked at: {self.reason}; {self.remedy}"


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


def not_installed(what: str, package: str, extra: str) -> UnavailableError:
    """Return what tells that a package is missing that one of our extras brings."""
    return UnavailableError(what, f"{package} is not installed", f"install it with: pip install 'turnout[{extra}]'")


class ObserveError(TurnoutError):
    """A living program cannot be looked into; the message says why and what to do."""


class TransferError(TurnoutError, PicklingError):
    """An object cannot cross to a worker or back, or into a journal.

    Args:
        role: What the object is: ``"the function"``, ``"item 3"``, ``"the result of item 3"``.
        culprit: The part that cannot be pickled, as a path from the object, and its type.
        reason: What the pickler said.
        where: ``"worker"`` or ``"journal"``.
    """

    def __init__(self, role: str, culprit: str, reason: str, where: str = "worker") -> None:
        super().__init__(role, culprit, reason, where)
        self.role = role
        self.culprit = culprit
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        remedy = "return plain data instead" if "result" in self.role else "make it inside the function"
        way, detour = ("sent between processes", "use the threads executor")
        if self.where == "journal":
            way, detour = ("kept in the journal", "run without a journal")
        return f"{self.role} cannot be {way}: {self.culprit} does not pickle ({self.reason}); {remedy}, or {detour}"


class RemoteError(TurnoutError):
    """A worker's exception that could not be sent back as itself.

    Args:
        type_name: The qualified name of the exception's class.
        message: Its text.
        kinds: The qualified names of that class and those that it is made of.
    """

    def __init__(self, type_name: str, message: str, kinds: tuple[str, ...] = ()) -> None:
        super().__init__(type_name, message, kinds)
        self.type_name = type_name
        self.message = message
        self.kinds = kinds

    def __str__(self) -> str:
        return f"{self.type_name}: {self.message}"


class WorkerDiedError(TurnoutError):
    """A worker process ended while it held an item.

    Args:
        pid: The process that ended; None if it was on another machine and is not known.
        exit_code: As in `subprocess.Popen.returncode`: negative for a signal; None if it is not known.
        memory_ran_out: Whether the kernel's out-of-memory killer is the likely cause.
        place: Where it was, if not a child of this process: ``"the Dask worker tcp://10.0.0.7:40123"``.
    """

    def __init__(  # an exception is unpickled by position
        self,
        pid: int | None,
        exit_code: int | None,
        memory_ran_out: bool = False,  # noqa: FBT001, FBT002  by position, as above
        place: str | None = None,
    ) -> None:
        super().__init__(pid, exit_code, memory_ran_out, place)
        self.pid = pid
        self.exit_code = exit_code
        self.memory_ran_out = memory_ran_out
        self.place = place

    def __str__(self) -> str:
        match self.exit_code:
            case None:
                how = "in an unknown way"
            case code if code < 0:
                how = f"by signal {-code} ({_signal_name(-code)})"
            case code:
                how = f"with exit status {code}"
        why = "; the kernel ran out of memory and chose it" if self.memory_ran_out else ""
        return f"{self._who()} ended {how} while it held the item{why}"

    def _who(self) -> str:
        if self.place is None:
            return f"the worker process {self.pid}"
        return self.place if self.pid is None else f"the process {self.pid} of {self.place}"


class TimeLimitError(TurnoutError, TimeoutError):
    """An item took longer than it may.

    Args:
        limit_s: How many seconds it might take.
        aftermath: What became of its worker: ``"its process was ended"``.
    """

    def __init__(self, limit_s: float, aftermath: str) -> None:
        super().__init__(limit_s, aftermath)
        self.limit_s = limit_s
        self.aftermath = aftermath

    def __str__(self) -> str:
        return f"it took longer than {self.limit_s:g} s; {self.aftermath}"


class ExchangeError(TurnoutError):
    """An HTTP exchange did not come to its end.

    Args:
        url: What was asked for.
        cause: What kind of end it came to instead: ``"url"``, ``"name"`` (it could not be looked up), ``"connection"``,
            ``"address"`` (refused by a check), ``"proxy"``, ``"tls"``, ``"certificate"``, ``"cut"``, ``"stall"``,
            ``"deadline"``, ``"redirects"``, ``"encoding"`` or ``"protocol"``.
        reason: The same as a clause.
    """

    def __init__(self, url: str, cause: str, reason: str) -> None:
        super().__init__(url, cause, reason)
        self.url = url
        self.cause = cause
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


class DownloadError(TurnoutError):
    """A file did not arrive; under its name there is nothing of it.

    Args:
        url: Where it is.
        cause: The kind of reason: those of `ExchangeError`, and ``"status"``, ``"changed"``, ``"size"``, ``"digest"``,
            ``"range"``, ``"file"``.
        reason: The same as a clause.
        retry_after: What the server's Retry-After header says; None if it sent none.
    """

    def __init__(self, url: str, cause: str, reason: str, retry_after: str | None = None) -> None:
        super().__init__(url, cause, reason, retry_after)
        self.url = url
        self.cause = cause
        self.reason = reason
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.reason


class PassingError(DownloadError):
    """A file did not arrive, and may if it is asked for again."""


class FloodError(TurnoutError):
    """More events were emitted than may wait, where the emitter cannot wait for room.

    Args:
        kind: What kind of event.
        limit: How many may wait.
    """

    def __init__(self, kind: str, limit: int) -> None:
        super().__init__(kind, limit)
        self.kind = kind
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"{self.limit:,} events of {self.kind} wait already, and whoever handles them cannot wait for itself; "
            "emit from another thread, await send(), or let events be dropped or merged"
        )


class BrokerError(TurnoutError):
    """A message broker cannot be reached, refuses, or does not take a message; the message says which and why."""


class StoreError(BrokerError):
    """A broker cannot keep its sessions: the disk is full, or the file is damaged. Without a file, it can run.

    Args:
        path: The file.
        reason: What is wrong.
        is_damaged: Whether it is the file's content.
    """

    def __init__(self, path: str, reason: str, is_damaged: bool = False) -> None:  # noqa: FBT001, FBT002  a pickle has it so
        super().__init__(path, reason, is_damaged)
        self.path = path
        self.reason = reason
        self.is_damaged = is_damaged

    def __str__(self) -> str:
        return f"a broker cannot keep its sessions in {self.path!r}: {self.reason}"


class ClusterError(TurnoutError):
    """A cluster cannot be reached, or went away; the message says what to do."""


def repr_of(value: object) -> str:
    """Return the ``repr`` of any value, also of one whose own ``__repr__`` raises."""
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  it is the user's code
        return f"<{type(value).__qualname__}, whose repr raises {type(error).__name__}>"


def type_name(kind: type) -> str:
    """Return the qualified name of a class, as tracebacks have it."""
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


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
