"""What is to be downloaded, and how a list of it is written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from turnout.errors import ItemsError, UsageError
from turnout.jobs.downloading._digests import Digest, asked_digest
from turnout.jobs.downloading._names import safe_path

_PROPER = re.compile(r"https?://[a-z0-9.-]+(:[0-5]?[0-9]{1,4})?/[\w/.%?&=+~,;:!$'()*-]*", re.ASCII)
_KEPT = "%/:=&?~#+!$,;'@()*[]|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file.

    Attributes:
        url: Where it is.
        mirrors: Where it is as well, the best first.
        name: What to call it, a path in the folder; as the server or the address says for None.
        digests: What its content must hash to.
        size_bytes: How long it must be; None if that is not known.
    """

    url: str
    mirrors: tuple[str, ...] = ()
    name: str | None = None
    digests: tuple[Digest, ...] = ()
    size_bytes: int | None = None

    def __repr__(self) -> str:
        return shown_url(self.url)


def checked_url(url: str) -> str:
    """Return an address in characters that may stand in one.

    Raises:
        ItemsError: If it is none that can be downloaded from.
    """
    if _PROPER.fullmatch(url):  # as most are
        return url
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ItemsError(f"{url[:200]!r} is not an address ({error}); write http://host/path") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ItemsError(f"{url[:200]!r} is not an address to download from; write http://host/path or https://...")
    if not host.isascii():
        try:
            name = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ItemsError(f"{url[:200]!r} has no proper host name ({error})") from None
        parts = parts._replace(netloc=parts.netloc.replace(host, name))
    try:
        return quote(parts._replace(fragment="").geturl(), safe=_KEPT)
    except UnicodeEncodeError:
        raise ItemsError(
            f"{url[:200]!r} has bytes that are no text in UTF-8; write each of them as %HH, such as %FF"
        ) from None


def shown_url(url: str) -> str:
    """Return an address without its password."""
    head, at, rest = url.partition("@")
    scheme, slashes, user = head.partition("://")
    if not at or "/" in user or ":" not in user:
        return url
    return f"{scheme}{slashes}{user.partition(':')[0]}:***@{rest}"


def wanted_of(item: "str | Wanted") -> Wanted:
    """Return what an address, or a line of a list, asks for.

    A line has an address and, if it must, ``out=NAME`` and ``sha256:HEX`` behind it.

    Raises:
        ItemsError: If it cannot be understood.
    """
    if isinstance(item, Wanted):
        return item
    if not isinstance(item, str):
        raise ItemsError(f"an address is a text, not {item!r}")
    url, *words = item.split()
    name, digests = None, []
    for word in words:
        if word.startswith("out="):
            if word == "out=":
                raise ItemsError(
                    f"after the address {url}: out= has no name behind it; write out=NAME, or leave it out"
                )
            name = safe_path(word.removeprefix("out="))
            continue
        try:
            digests.append(asked_digest(word, "the list"))
        except UsageError as error:
            raise ItemsError(f"after the address {url}: {error}; or write out=NAME") from None
    return Wanted(url=checked_url(url), name=name, digests=tuple(digests))


def wanted_in(lines: Iterable[str]) -> Iterator[Wanted]:
    """Yield what a list asks for; empty lines, and those that begin with ``#``, are passed over."""
    for number, line in enumerate(lines, 1):
        text = line.strip().lstrip("\ufeff")
        if text and not text.startswith("#"):
            try:
                yield wanted_of(text)
            except ItemsError as error:
                raise ItemsError(f"line {number}: {error}") from None
