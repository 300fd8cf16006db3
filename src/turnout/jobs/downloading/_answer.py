"""What the head of a response says about a file, and whether it answers what was asked."""

import re
from dataclasses import dataclass

from turnout.errors import DownloadError, PassingError
from turnout.jobs.downloading._dates import read_date
from turnout.jobs.downloading._digests import Digest, sent_digests
from turnout.jobs.downloading._part import Version
from turnout.transfer import Head

OK = 200
PARTIAL = 206
NOT_MODIFIED = 304
NOT_SATISFIABLE = 416
_WHOLE = {OK, 203}
_PASSING = {408, 421, 425, 429, 500, 502, 503, 504}
_DIGEST_FIELDS = frozenset({"repr-digest", "digest", "content-digest", "content-md5"})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.ASCII)


class WrongRangeError(Exception):
    """The server sends other bytes than were asked for."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """A response that has a file's bytes in it, or a part of them.

    Attributes:
        head: The response's.
        start: The first byte that comes.
        end: The byte after the last one; None if that is not known.
        size_bytes: Of the whole file; None if it is not known.
        codings: How its content is encoded, in the order in which that was done.
    """

    head: Head
    start: int
    end: int | None
    size_bytes: int | None
    codings: tuple[str, ...]

    @property
    def version(self) -> Version:
        """What it tells of the file's version."""
        return _version(self.head, self.size_bytes)

    @property
    def takes_ranges(self) -> bool:
        """Whether other parts of the same version may be asked for."""
        value = self.head.headers.get("Accept-Ranges", "").strip().lower()  # type: ignore[union-attr]  # not None
        has_ranges = value == "bytes" or self.head.status == PARTIAL
        return has_ranges and not self.codings and self.version.validator is not None


def read_answer(head: Head, url: str, asked: int | None) -> Answer:
    """Return what a response brings.

    Args:
        head: Its head.
        url: What was asked for.
        asked: From which byte on; None if no range was asked for.

    Raises:
        WrongRangeError: If it is another range than was asked for.
        DownloadError: If it brings no file.
    """
    headers = head.headers
    length = headers.get("Content-Length", "") or ""
    size = int(length) if length.isdigit() else None
    codings = _codings(headers.all("Content-Encoding")) if "Content-Encoding" in headers else ()
    if head.status in _WHOLE:
        return Answer(head=head, start=0, end=size, size_bytes=None if codings else size, codings=codings)
    if head.status == PARTIAL and asked is not None:
        match = _RANGE.fullmatch((headers.get("Content-Range") or "").strip())
        if match is None or int(match[1]) != asked or int(match[2]) < asked:
            raise WrongRangeError
        start, end = int(match[1]), int(match[2]) + 1
        total = None if match[3] == "*" else int(match[3])
        if (size is not None and size != end - start) or (total is not None and end > total) or codings:
            raise WrongRangeError
        return Answer(head=head, start=start, end=end, size_bytes=total, codings=())
    if head.status == NOT_SATISFIABLE and asked is not None:
        raise WrongRangeError
    raise status_error(head, url)


def _codings(values: list[str]) -> tuple[str, ...]:
    named = (one.strip().lower() for value in values for one in value.split(","))
    return tuple(coding for coding in named if coding not in {"", "identity"})


def status_error(head: Head, url: str) -> DownloadError:
    """Return what to raise for a response that brings no file."""
    from http.client import responses  # noqa: PLC0415  only failures need it

    phrase = responses.get(head.status, "")
    retry_after = head.headers.get("Retry-After")
    reason = f"the server answered {head.status} {phrase}".rstrip()
    if head.status in _PASSING:
        return PassingError(url, "status", reason, retry_after)
    return DownloadError(url, "status", reason)


def digests_of(head: Head, *, is_whole: bool) -> list[Digest]:
    """Return what the file must hash to, as the server says.

    Args:
        head: Of a response without content codings.
        is_whole: Whether its content is the whole file, so that what it says of the content holds for the file.
    """
    found: list[Digest] = []
    if not head.headers.has_any(_DIGEST_FIELDS):  # as most have none
        return found
    names = ("Repr-Digest", "Digest", "Content-Digest", "Content-MD5") if is_whole else ("Repr-Digest", "Digest")
    for name in names:
        values = head.headers.all(name)
        if values:
            found += sent_digests(values if name != "Content-MD5" else [f"md5={values[0]}"], name)
    return found


def _version(head: Head, size: int | None) -> Version:
    etag = head.headers.get("ETag")
    modified = head.headers.get("Last-Modified")
    changed, sent = read_date(modified), read_date(head.headers.get("Date"))
    # A file that changes twice in a second has the same date in two versions (RFC 9110, section 8.8.2.2).
    is_strong = changed is not None and sent is not None and sent - changed >= 1
    return Version(
        size_bytes=size,
        etag=etag if etag and not etag.startswith("W/") else None,
        modified=modified if is_strong else None,
    )
