"""Functions that guests find here; in words that Python 2.7 knows, for other Pythons read this file, too."""

import functools
import sys


def double(number):
    # type: (int) -> int
    return 2 * number


def reciprocal(number):
    # type: (int) -> float
    return 1.0 / number


def leave(_item):
    # type: (object) -> None
    sys.exit(4)


def generator(item):
    # type: (int) -> object
    return (item for _ in range(item))


class Maker:
    """Something with a method."""

    def work(self, item):
        # type: (int) -> int
        return item


bound = Maker().work
partial = functools.partial(pow, 2)
renamed = lambda item: item  # noqa: E731  a function without a name of its own
