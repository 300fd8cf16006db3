"""What the workers of the tests say: by name, as in `work`."""

import logging
import os
import pickle
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from io import StringIO
from typing import Any

ODD = "nul \0, half a pair \ud800, nine \u0669, \x1b[31mred\x1b[0m, \r, \u2028"


def count_to(number: int) -> int:
    """Print as many lines as the item says, in uneven pieces."""
    for line in range(number % 7):
        print(number, "says", line)
    return number


def begin_a_line(number: int) -> None:
    print(f"[{number}", end="")
    print("]", end="")


def to_both(number: int) -> None:
    print("out", number)
    print("err", number, file=sys.stderr)


def last_words_at_three(number: int) -> int:
    print("item", number)
    if number == 3:
        print("flushed", end="", flush=True)
        os.kill(os.getpid(), 9)
    return number


def say_odd(_item: object) -> None:
    print(ODD)


def print_much(size: int) -> None:
    print("x" * size)


def replace_the_stream(number: int) -> str:
    """Print to another stream, and put the old one back."""
    before, sys.stdout = sys.stdout, StringIO()
    print("inside", number)
    inside, sys.stdout = sys.stdout.getvalue(), before
    print("outside", number)
    return inside


def lose_the_stream(number: int) -> int:
    print("before", number)
    sys.stdout = StringIO()
    return number


def write_bytes(_item: object) -> None:
    sys.stdout.write(b"bytes")  # type: ignore[arg-type]  # which is the mistake


def log(number: int) -> None:
    logging.getLogger("app.deep").debug("debug %d", number)
    logging.getLogger("app.deep").warning("warning %d of %s", number, {"a": [1]}, extra={"place": number, "own": Own()})


class Own:
    """Pickles, and says who it is."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own)

    def __hash__(self) -> int:
        return 7


class Unsaid:
    """Does not pickle."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        raise pickle.PicklingError("no")

    def __repr__(self) -> str:
        return "<unsaid>"


def log_oddly(_item: object) -> None:
    logging.getLogger("app").warning("own %r", Unsaid(), extra={"own": Unsaid()})


def log_an_exception(number: int) -> None:
    try:
        int(f"number {number}")
    except ValueError:
        logging.getLogger("app").exception("caught %d", number)


def set_up_logging(number: int) -> None:
    """Set up logging in each item, as scripts do."""
    logging.basicConfig(level="DEBUG")
    logging.getLogger("app").warning("once %d", number)


class OddWarning(UserWarning):
    """A user's own, which does not pickle."""

    def __init__(self, number: int) -> None:
        super().__init__(f"odd {number}")
        self.guard = threading.Lock()


def warn(number: int) -> None:
    warnings.warn(f"careful {number}", FutureWarning, stacklevel=1)


def warn_oddly(number: int) -> None:
    warnings.warn(OddWarning(number), stacklevel=1)


def fork_and_print(number: int) -> int:
    """Have a fork of the worker print, log and warn: it must keep off the worker's socket."""
    pid = os.fork()
    if not pid:
        print("from a fork")
        logging.getLogger("app").warning("from a fork")
        warnings.warn("from a fork", UserWarning, stacklevel=1)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(pid, 0)
    return number


def run_a_program(_item: object) -> int:
    return subprocess.run([sys.executable, "-c", "pass"], stdout=sys.stdout, stderr=sys.stderr, check=True).returncode


def print_from_threads(number: int) -> int:
    threads = [threading.Thread(target=print_lines, args=(f"{number}.{place}",)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return number


def print_lines(label: str) -> None:
    for line in range(50):
        sys.stdout.write(f"{label} {line}\n")
