"""What cannot be told, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

NOT_PERMITTED = "not permitted"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands where a value would, if that cannot be had.

    Attributes:
        reason: Why, as a clause: ``"not permitted"``.
    """

    reason: str


def attempt(read: Callable[[], T], missing: str) -> T | Unknown:
    """Return what ``read`` returns, or why it cannot be had.

    Args:
        read: Looks something up at the system.
        missing: Why there may be nothing to find.
    """
    try:
        return read()
    except PermissionError:
        return Unknown(NOT_PERMITTED)
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return Unknown(missing)
    except OSError as error:
        return Unknown(error.strerror or type(error).__name__)
