"""Heavy handlers: they run on the executor that suits them, and what they return comes back to the loop in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from turnout.errors import UsageError

if TYPE_CHECKING:
    from turnout.pipeline import Retry, Stage

P = ParamSpec("P")
R = TypeVar("R")
MOST = 1_000
GRACE_S = 0.5  # for what is under way at the end, unless that is one in a hurry


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadDone:
    """What a handler that was off-loaded has returned.

    Attributes:
        event: What it was given.
        handler: Its name.
        value: What it returned.
    """

    event: object
    handler: str
    value: Any  # of the handler's type


class Offloaded(Generic[P, R]):
    """A function that is a heavy handler where an emitter calls it, and itself elsewhere.

    Args:
        function: What to call.
        work: How it is run.
        then: Called in the loop with each `OffloadDone`.
        most: How many events may wait for it or be under way.
    """

    def __init__(
        self, function: Callable[P, R], work: "Stage", then: Callable[[OffloadDone], object] | None, most: int
    ) -> None:
        self.function = function
        self.work = work
        self.then = then
        self.most = most
        self.__name__ = work.name
        self.__qualname__ = getattr(function, "__qualname__", work.name)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        """Call the function, here and now."""
        return self.function(*arguments, **named)


@overload
def offload(function: Callable[P, R], /) -> Offloaded[P, R]: ...


@overload
def offload(
    *,
    executor: str = "auto",
    workers: int | None = None,
    timeout_s: float | None = None,
    retries: "int | Retry" = 0,
    then: Callable[[OffloadDone], object] | None = None,
    most: int = MOST,
) -> Callable[[Callable[P, R]], Offloaded[P, R]]: ...


def offload(
    function: Callable[..., Any] | None = None,  # of the caller's types
    /,
    *,
    executor: str = "auto",
    workers: int | None = None,
    timeout_s: float | None = None,
    retries: "int | Retry" = 0,
    then: Callable[[OffloadDone], object] | None = None,
    most: int = MOST,
) -> Any:  # what the overloads say
    """Mark a handler as heavy: ``@events.on(Photo)`` above ``@offload``, or ``@offload(then=show)``.

    The loop only hands the event over. The first events are worked on by a thread that is measured meanwhile; from
    what that shows, `turnout` chooses threads or processes, as for `turnout.run`, and may change its mind. What the
    handler returns comes back in the order of the events, as an `OffloadDone`; what it raises as a `HandlerFailed`.

    Args:
        function: Plain, or ``async def``; takes the event. In a process it sees a copy of it.
        executor: ``"auto"``, or the one to take.
        workers: How many events are worked on at once, at most; chosen too by default.
        timeout_s: How many seconds an event may take.
        retries: How often a failed one is tried again.
        then: Called in the loop with what comes back.
        most: How many events may wait for the handler or be under way; one more fails with a `FloodError`.

    Raises:
        ExecutorError: If the executor is unknown, or does not suit the function.
        UsageError: If another argument is off.
    """
    if most < 1:
        raise UsageError(f"at least 1 event must be able to wait for a handler, not {most}")

    from turnout.pipeline import stage  # noqa: PLC0415  only who has heavy handlers pays for it

    def mark(marked: Callable[P, R]) -> Offloaded[P, R]:
        work = stage(marked, executor=executor, workers=workers, timeout_s=timeout_s, retries=retries)
        return Offloaded(marked, work, then, most)

    return mark if function is None else mark(function)


class Then:
    """Hears what one handler brings back.

    Args:
        call: Whom to tell.
        handler: The handler's name.
    """

    def __init__(self, call: Callable[[OffloadDone], object], handler: str) -> None:
        self._call = call
        self._handler = handler
        self.__qualname__ = getattr(call, "__qualname__", type(call).__qualname__)

    def __call__(self, done: OffloadDone) -> object:
        """Tell, if it is that handler's; a coroutine is returned to be run."""
        return self._call(done) if done.handler == self._handler else None
