"""What the workers of the tests do with arrays and other buffers: by name, as in `work`."""

import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # of any element type
Reduced = tuple[Callable[..., object], tuple[object, ...]]

kept: list[Array] = []  # by a worker, for ever


def plus_one(array: Array) -> Array:
    result: Array = array + 1
    return result


def change_in_place(array: Array) -> Array:
    array += 1
    return array


def every_other(array: Array) -> Array:
    return array[::2]


def keep_all(array: Array) -> tuple[float, ...]:
    """Keep the array, and tell the first element of all that were kept."""
    kept.append(array)
    return tuple(float(each[0]) for each in kept)


def are_one(pair: tuple[Array, Array]) -> tuple[bool, Array, Array]:
    return pair[0] is pair[1], *pair


def is_writable(array: Array) -> bool:
    return bool(array.flags.writeable)


def make_array(number: int, size: int) -> Array:
    return np.full(size, number, dtype=np.uint8)


def keep_and_be_killed_at_three(array: Array) -> Array:
    kept.append(array)
    if array[0] == 3:
        os.kill(os.getpid(), 9)
    return array


def length_of(item: Any) -> int:  # anything with a length
    return len(item)


class Cargo:
    """A user's own type with a large buffer, which pickles without numpy.

    Args:
        buffer: Anything that has the buffer protocol.
    """

    def __init__(self, buffer: Any) -> None:  # as above
        self.buffer = buffer

    def __reduce_ex__(self, protocol: Any) -> Reduced:  # typeshed has a wider type than int
        return Cargo, (pickle.PickleBuffer(self.buffer),)

    def tobytes(self) -> bytes:
        return bytes(self.buffer)


class HalfWay(Cargo):
    """Raises when its buffer has been laid down already."""

    def __reduce_ex__(self, protocol: Any) -> Reduced:  # as above
        return HalfWay, (pickle.PickleBuffer(self.buffer), Refusal())


class Refusal:
    """Raises when it is pickled."""

    def __reduce__(self) -> Reduced:
        raise ArithmeticError("refused half-way")


def half_way_at_three(array: Array) -> Any:  # an array, or what raises when it is pickled
    return HalfWay(array) if array[0] == 3 else array
