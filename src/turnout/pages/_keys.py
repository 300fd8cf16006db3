"""Eight bytes that stand for an address or a text."""

from importlib import import_module
from typing import TYPE_CHECKING

from turnout.errors import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGN = 1 << 63
_digest: "Callable[[bytes], int] | None" = None


def page_key(url: str) -> int:
    """Return the key of a canonical address: signed 64 bit, as SQLite keeps it, and never 0.

    Among a million addresses, two share a key with a probability of 3e-8.

    Raises:
        UnavailableError: If xxhash is not installed.
    """
    return content_key(url) or 1


def content_key(text: str) -> int:
    """Return a signed 64-bit hash of a text, the same in every process.

    Raises:
        UnavailableError: If xxhash is not installed.
    """
    number = (_digest or _load())(text.encode("utf-8", "surrogatepass"))
    return number - (1 << 64) if number & _SIGN else number


def _load() -> "Callable[[bytes], int]":
    global _digest  # noqa: PLW0603  # an import in each call would cost more than the hash
    try:
        module = import_module("xxhash")
    except ImportError:
        raise not_installed("hashing addresses", "xxhash", "crawl") from None
    _digest = module.xxh3_64_intdigest
    return module.xxh3_64_intdigest  # type: ignore[no-any-return]  # a module that is imported by name has no types
