"""What a pipeline is made of: stages, joined by ``|``."""

from collections.abc import AsyncIterable, Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Literal, NoReturn, TypeGuard

from turnout.errors import ExecutorError, UsageError
from turnout.executors import checked_workers, choose_start_method, executor_class, function_name, is_coroutine_function
from turnout.pipeline._retry import Retry, checked_retry
from turnout.pipeline._throttle import Keys, Rate

AUTO = "auto"
Kind = Literal["map", "flat", "batch", "filter", "sink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of a pipeline: a function, and how it is to be run.

    Made by `stage`, `flat_stage`, `batch_stage`, `filter_stage` and `sink_stage`, which describe the attributes.
    """

    function: Callable[[Any], Any]  # of the caller's types
    kind: Kind
    name: str
    executor: str = AUTO
    workers: int | None = None
    ordered: bool = True
    timeout_s: float | None = None
    retry: Retry | None = None
    rate: float | None = None
    key: Callable[[Any], Hashable] | None = None
    key_limit: int | None = None
    start_method: str | None = None
    batch_size: int | None = None
    address: str | None = None
    size: int = 1
    linger_s: float = inf

    @property
    def stages(self) -> "tuple[Stage, ...]":
        """This one."""
        return (self,)

    def __or__(self, other: "Stage | Pipeline") -> "Pipeline":
        return _joined((self, *_stages_of(other)))

    def __ror__(self, other: object) -> NoReturn:
        refuse_to_join(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Stages through which items go, one after the other.

    Attributes:
        stages: At least one, in the order of the data path.
    """

    stages: tuple[Stage, ...]

    def __or__(self, other: "Stage | Pipeline") -> "Pipeline":
        return _joined((*self.stages, *_stages_of(other)))

    def __ror__(self, other: object) -> NoReturn:
        refuse_to_join(other)


def _joined(stages: tuple[Stage, ...]) -> Pipeline:
    for one in stages[:-1]:
        if one.kind == "sink":
            raise UsageError(f"the sink {one.name} keeps no results, so nothing can come after it; use turnout.stage")
    return Pipeline(stages=stages)


def _stages_of(other: object) -> tuple[Stage, ...]:
    if not isinstance(other, Stage | Pipeline):
        refuse_to_join(other)
    return other.stages


def refuse_to_join(other: object) -> NoReturn:
    """Raise a `UsageError` that tells how what is no stage becomes one."""
    name = function_name(other) if callable(other) else repr(other)
    raise UsageError(f"a pipeline is made of stages, not of {other!r}; write turnout.stage({name})")


def stage(
    function: Callable[[Any], Any],
    *,
    executor: str = AUTO,
    workers: int | None = None,
    ordered: bool = True,
    timeout_s: float | None = None,
    retries: int | Retry = 0,
    rate: float | None = None,
    key: Callable[[Any], Hashable] | None = None,
    key_limit: int | None = None,
    start_method: str | None = None,
    batch_size: int | None = None,
    address: str | None = None,
    name: str | None = None,
) -> Stage:
    """Return a stage that makes one item of each item.

    Args:
        function: Takes one item and returns what the next stage is given; plain, or ``async def``.
        executor: The model to run it on; by default it is chosen from what the first items show.
        workers: How many items are run at once, at most; chosen too by default.
        ordered: Whether items leave in the order in which they came, or as soon as they are done.
        timeout_s: How many seconds an item may take.
        retries: How often a failed item is tried again, or a `Retry` that tells more.
        rate: How many calls may begin in a second.
        key: Returns what ``key_limit`` counts by, such as the item's host.
        key_limit: How many items of the same key may be under way, at least 1; 1 by default if there is a key.
        start_method: How worker processes are started; the best way by default.
        batch_size: How many items are handed over at once; learned from their length by default.
        address: Of a Dask scheduler, for the dask executor.
        name: What reports call it; the function's name by default.

    Raises:
        ExecutorError: If there is no such executor.
        UsageError: If another argument is off.
    """
    return _stage(
        Stage(
            function=function,
            kind="map",
            name=name or short_name(function),
            executor=executor,
            workers=workers,
            ordered=ordered,
            timeout_s=timeout_s,
            retry=checked_retry(retries),
            rate=rate,
            key=key,
            key_limit=1 if key is not None and key_limit is None else key_limit,
            start_method=start_method,
            batch_size=batch_size,
            address=address,
        )
    )


def flat_stage(function: Callable[[Any], Any], **options: Any) -> Stage:
    """Return a stage that makes any number of items of each item.

    Args:
        function: Takes one item and returns, or yields, those that the next stage is given; it may be an
            ``async def`` that returns or yields them. They go on together when it has ended, as an item fails, is
            tried again, sent and kept in a journal as a whole: so they must be so few that they fit into memory.
        options: As for `stage`.
    """
    made = stage(function, **options)
    return replace(made, kind="flat", function=(_AsyncFlat if yields_async(function) else _Flat)(function))


def batch_stage(function: Callable[[list[Any]], Any], *, size: int, linger_s: float = inf, **options: Any) -> Stage:
    """Return a stage that makes one call with many items.

    Args:
        function: Takes a list of items, and returns what the next stage is given for all of them together.
        size: How many items a call is given, at least 1; the last one may be given fewer.
        linger_s: A call is made with fewer once the first of them has waited for so many seconds.
        options: As for `stage`.
    """
    if not (type(size) is int and size >= 1):
        raise UsageError(f"size must be a whole number of at least 1, not {size!r}")
    linger: object = linger_s  # of whatever type the caller gave
    if not (_is_number(linger) and linger > 0):
        raise UsageError(f"linger_s must be a number of seconds above 0, not {linger_s!r}")
    return replace(stage(function, **options), kind="batch", size=size, linger_s=linger_s)


def filter_stage(function: Callable[[Any], Any], **options: Any) -> Stage:
    """Return a stage that hands on the items for which ``function`` returns something true, and drops the others.

    Args:
        function: Takes one item.
        options: As for `stage`.
    """
    return replace(
        stage(function, **options),
        kind="filter",
        function=(_AsyncFilter if is_coroutine_function(function) else _Filter)(function),
    )


def sink_stage(function: Callable[[Any], Any], **options: Any) -> Stage:
    """Return a last stage, whose results nobody wants: each outcome's value is None.

    Args:
        function: Takes one item; called for what it does.
        options: As for `stage`.
    """
    return replace(
        stage(function, **options),
        kind="sink",
        function=(_AsyncSink if is_coroutine_function(function) else _Sink)(function),
    )


def _stage(made: Stage) -> Stage:
    """Return the stage, if all that it says can be meant."""
    if not callable(made.function):
        raise TypeError(f"a function is needed, not {made.function!r}")
    _check_executor(made)
    if (made.key is None) != (made.key_limit is None):
        raise UsageError("key_limit counts by a key; give key too")
    if made.key is not None and made.key_limit is not None:
        Keys(made.key, made.key_limit)
    if made.rate is not None:
        Rate(made.rate)
    order: object = made.ordered  # of whatever type the caller gave, as the next ones
    if not isinstance(order, bool):
        raise UsageError(f"ordered must be True or False, not {order!r}")
    timeout: object = made.timeout_s
    if timeout is not None and not (_is_number(timeout) and 0 < timeout < inf):
        raise UsageError(f"timeout_s must be a number of seconds above 0, not {timeout!r}")
    batch: object = made.batch_size
    if batch is not None and not (type(batch) is int and batch >= 1):
        raise UsageError(f"batch_size must be at least 1, not {batch!r}")
    if not isinstance(made.name, str):
        raise UsageError(f"name must be a text, not {made.name!r}")
    return made


def _is_number(value: object) -> TypeGuard[float]:
    """Tell whether it is one, of NumPy's also; True, which Python takes for 1, is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_executor(made: Stage) -> None:
    if made.workers is not None:
        checked_workers(made.workers)
    if made.start_method is not None:
        choose_start_method(made.start_method)
    if made.address is not None and made.executor != "dask":
        raise ExecutorError(f"an address is a Dask scheduler's; give executor='dask', not {made.executor!r}")
    if made.executor == AUTO:
        return
    executor_class(made.executor)
    if made.executor == "asyncio" and not yields_async(made.function):
        raise ExecutorError(
            f"{function_name(made.function)} is a plain function, which would block the event loop; "
            "write it as `async def`, or use the threads executor"
        )


def short_name(function: Callable[..., Any]) -> str:
    """Return what reports call a stage with this function."""
    return function_name(function).rpartition(".")[2] or function_name(function)


def yields_async(function: Callable[..., Any]) -> bool:
    """Tell whether ``function`` makes a coroutine or an asynchronous generator."""
    from inspect import isasyncgenfunction  # noqa: PLC0415  takes a while, and few stages need it

    return is_coroutine_function(function) or isasyncgenfunction(function)


class _Wrapped:
    """A function with something done to its result, in the worker."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self.__qualname__ = function_name(function)


class _Flat(_Wrapped):
    """Returns many results as a list: generators do not travel."""

    def __call__(self, item: Any) -> list[Any]:  # of the caller's types, here and below
        return _listed(self._function(item), self.__qualname__)


class _AsyncFlat(_Wrapped):
    async def __call__(self, item: Any) -> list[Any]:
        given = self._function(item)
        if not isinstance(given, AsyncIterable):
            given = await given
        if isinstance(given, AsyncIterable):
            return [each async for each in given]
        return _listed(given, self.__qualname__)


def _listed(given: object, name: str) -> list[Any]:
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise TypeError(f"a flat stage needs a list or an iterator of items, and {name} returned {given!r}")
    return list(given)


class _Filter(_Wrapped):
    """Asks whether what the function returns is true, which may raise: then that item fails."""

    def __call__(self, item: Any) -> bool:
        return bool(self._function(item))


class _AsyncFilter(_Wrapped):
    async def __call__(self, item: Any) -> bool:
        return bool(await self._function(item))


class _Sink(_Wrapped):
    """Forgets what the function returns."""

    def __call__(self, item: Any) -> None:
        self._function(item)


class _AsyncSink(_Wrapped):
    async def __call__(self, item: Any) -> None:
        await self._function(item)
