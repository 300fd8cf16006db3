"""Work on large NumPy arrays, for the environment of the peers, which has NumPy."""

from importlib import import_module
from typing import Any

numpy: Any = import_module("numpy")  # the project's own environment need not have it


def arrays(count: int, *shape: int) -> list[Any]:  # arrays of float64
    """Return random arrays."""
    chance = numpy.random.default_rng(1)
    return [chance.random(shape) for _ in range(count)]


def sort(array: Any) -> Any:  # an array, and one of its kind
    """Return a sorted copy; NumPy drops the GIL."""
    return numpy.sort(array)


def square(array: Any) -> Any:  # a matrix, and one of its kind
    """Return the product with itself; BLAS uses all cores."""
    return array @ array
