"""Items that the user's own code provides."""

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from itertools import chain
from typing import Any, overload

from turnout.errors import ItemsError, UsageError
from turnout.items._complaints import describe_error
from turnout.items._objects import load_object


@overload
def call_for_items(text: str) -> Iterable[Any]: ...
@overload
def call_for_items(text: str, *, takes_async: bool) -> Iterable[Any] | AsyncIterable[Any]: ...
def call_for_items(text: str, *, takes_async: bool = False) -> Iterable[Any] | AsyncIterable[Any]:
    """Return the items that ``module:callable`` gives.

    Args:
        text: Named as for `resolve_target`; called without arguments, or, if it is not callable, taken as the items.
        takes_async: Whether they may be given by an asynchronous iterator.

    Returns:
        A collection as it is; anything else as an iterator, of which only the first item is taken so far; of an
        asynchronous one, none.

    Raises:
        TargetError: If there is no such thing.
        ItemsError: If it needs arguments, raises, or gives nothing to iterate over; also while iterating, if the
            user's iterator raises.
    """
    provider = load_object(text)
    items = _call(provider, text) if callable(provider) else provider
    if takes_async and isinstance(items, AsyncIterable):
        return _guarded_async(items, text)
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        if inspect.iscoroutine(items):
            items.close()
        raise ItemsError(f"{text!r} gives a value of type {type(items).__name__}; give a list or an iterator of items")
    if not isinstance(items, Sized):
        return _at_least_one(_guarded(items, text), text)
    if len(items) == 0:
        raise _no_items(text)
    return items


def _call(provider: Any, text: str) -> Any:  # the user's objects
    try:
        inspect.signature(provider).bind()
    except TypeError as error:
        raise ItemsError(f"{text!r} must be callable without arguments ({error}); wrap it in such a function") from None
    except ValueError:  # a built-in that does not tell its parameters
        pass
    try:
        return provider()
    except (Exception, SystemExit) as error:
        raise _raised(text, error) from error


def _guarded(items: Iterable[Any], text: str) -> Iterator[Any]:
    try:
        yield from items
    except UsageError:
        raise
    except (Exception, SystemExit) as error:
        raise _raised(text, error) from error


async def _guarded_async(items: AsyncIterable[Any], text: str) -> AsyncIterator[Any]:
    count = 0
    try:
        async for item in items:
            count += 1
            yield item
    except UsageError:
        raise
    except (Exception, SystemExit) as error:
        raise _raised(text, error) from error
    if not count:
        raise _no_items(text)


def _at_least_one(items: Iterator[Any], text: str) -> Iterator[Any]:
    for first in items:
        return chain([first], items)
    raise _no_items(text)


def _raised(text: str, error: BaseException) -> ItemsError:
    return ItemsError(f"{text!r} raised {describe_error(error)} while it gave items; correct it there")


def _no_items(text: str) -> ItemsError:
    return ItemsError(f"there are no items in what {text!r} gives; give at least one")
