"""What became of an item: a `Success` or a `Failure`, in the order of the items.

Outcomes are made once per item, often a million times; freezing them would treble what they cost (0.5 µs
against 0.2 µs, CPython 3.11), so they are plain, and to be read only.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

R = TypeVar("R")


@dataclass(slots=True)
class Success(Generic[R]):
    """The function returned.

    Attributes:
        value: What it returned.
        item: What it was given.
        index: The item's place among the items, from 0.
        attempts: How often the item was tried, at least 1.
    """

    value: R
    item: Any  # items are of the caller's type, which a result does not know
    index: int
    attempts: int = 1


@dataclass(slots=True)
class Failure:
    """The function raised, or its worker died.

    Attributes:
        error: What was raised, with its traceback; one from another process tells its remote traceback as its cause.
        item: What the function was given.
        index: The item's place among the items, from 0.
        attempts: How often the item was tried, at least 1.
    """

    error: BaseException
    item: Any  # items are of the caller's type, which a failure does not know
    index: int
    attempts: int = 1


Outcome = Success[R] | Failure
