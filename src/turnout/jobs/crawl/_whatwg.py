"""The only user of ada-url: addresses as browsers resolve them."""

from collections.abc import Callable
from importlib import import_module

from turnout.errors import not_installed

_join: Callable[[str, str], str] | None = None


def join_url(base: str, reference: str) -> str | None:
    """Return what a reference on the page ``base`` leads to, normalised; None if it is no address.

    Scheme and host become lower case, names in other scripts become Punycode, the scheme's own port and dot segments
    go, and spaces are encoded.

    Raises:
        UnavailableError: If ada-url is not installed.
    """
    try:
        return (_join or _load())(base, reference)
    except ValueError:  # also of a lone surrogate, which cannot be encoded
        return None


def _load() -> Callable[[str, str], str]:
    global _join  # noqa: PLW0603  # an import in each call would cost more than the address
    try:
        module = import_module("ada_url")
    except ImportError:
        raise not_installed("reading addresses", "ada-url", "crawl") from None
    _join = module.join_url
    return module.join_url  # type: ignore[no-any-return]  # a module that is imported by name has no types
