"""Functions that other Pythons run; in words that Python 2.7 knows."""

from __future__ import print_function

import os
import sys
import time

ACCENT = b"\xc3\xa9".decode("utf-8")  # text in Python 2, too


def lists(number):
    # type: (int) -> list[object]
    """Plain values of many kinds, the same in every Python."""
    return [number, number * 2.5, ACCENT * (number % 3), None, number % 2 == 0, {"n": (number,)}]


def noisy(number):
    # type: (int) -> int
    print("printed", number)
    sys.stdout.flush()
    os.write(1, b"written\n")
    os.write(2, b"and to the other\n")
    return number


def picky(number):
    # type: (int) -> float
    return 1.0 / (number % 3)


def hang(_item):
    # type: (int) -> None
    time.sleep(600)


def vanish(_item):
    # type: (int) -> None
    os._exit(3)


def vanish_in_workers(item):
    # type: (int) -> int
    if os.getpid() != os.getpgrp():
        os._exit(3)
    return item
