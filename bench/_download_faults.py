"""Servers that fail in twenty ways, and what must be on the disk afterwards."""

import base64
import gzip
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from _raw_site import RawSite, Visit

SIZE = 3_000_000
CONTENT = random.Random(5).randbytes(SIZE)  # noqa: S311  to be repeated, not to be secret
OTHER = random.Random(6).randbytes(SIZE)  # noqa: S311  likewise
TEXT = b"".join(b"%d green bottles hanging on the wall\n" % number for number in range(20_000))
LONG_AGO = "Wed, 01 Jan 2025 00:00:00 GMT"
_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A way to fail.

    Attributes:
        name: What it is called.
        answer: What the server does.
        contents: What a right client may have saved; None is for no file at all, which then must be told.
        path: What is asked for.
    """

    name: str
    answer: Callable[[Visit], None]
    contents: tuple[bytes | None, ...] = (CONTENT,)
    path: str = "/file.bin"


def serve(visit: Visit, content: bytes = CONTENT, *headers: str, etag: str = '"one"', most: int | None = None) -> None:
    """Answer as a good server does: with the range that is asked for, if the validator holds.

    Args:
        visit: The request.
        content: Of the file.
        headers: Sent besides.
        etag: Of the file.
        most: Break off after so many bytes.
    """
    asked = visit.asked_range()
    known = visit.headers.get("if-range")
    common = (
        f"ETag: {etag}",
        f"Last-Modified: {LONG_AGO}",
        f"Date: {formatdate(usegmt=True)}",
        "Accept-Ranges: bytes",
        *headers,
    )
    if asked is not None and known in {None, etag, LONG_AGO}:
        first, last = asked
        if first >= len(content):
            visit.reply("416 Range Not Satisfiable", b"", f"Content-Range: bytes */{len(content)}")
            return
        last = len(content) - 1 if last is None else min(last, len(content) - 1)
        body = content[first : last + 1]
        span = f"Content-Range: bytes {first}-{last}/{len(content)}"
        send(visit, "206 Partial Content", body, span, *common, most=most)
    else:
        send(visit, "200 OK", content, *common, most=most)


def send(visit: Visit, status: str, body: bytes, *headers: str, most: int | None = None) -> None:
    """Send a response, and break it off after ``most`` bytes of the body."""
    visit.reply(status, body if most is None else body[:most], *headers, length=len(body))
    if most is not None and visit.method != "HEAD" and most < len(body):
        visit.cut()


def _gets(visit: Visit) -> int:
    """Return how many times the file has been asked for, by GET and until now."""
    return sum(one.method == "GET" for one in visit.site.visits)


def cut_and_resume(visit: Visit) -> None:
    serve(visit, most=1_000_000 if _gets(visit) == 1 else None)


def no_ranges(visit: Visit) -> None:
    first = _gets(visit) == 1
    send(visit, "200 OK", CONTENT, 'ETag: "one"', most=1_000_000 if first else None)


def content_changed(visit: Visit) -> None:
    if _gets(visit) == 1:
        serve(visit, most=1_000_000)
    else:
        serve(visit, OTHER, etag='"two"')


def if_range_ignored(visit: Visit) -> None:
    if _gets(visit) == 1:
        serve(visit, most=1_000_000)
    else:
        visit.headers.pop("if-range", None)
        serve(visit, OTHER, etag='"two"')


def changed_between_parts(visit: Visit) -> None:
    asked = visit.asked_range()
    if _gets(visit) == 1 and asked is None:
        visit.head("200 OK", f"Content-Length: {SIZE}", 'ETag: "one"', "Accept-Ranges: bytes")
        visit.send(CONTENT[: SIZE // 2])
        visit.cut()
    else:
        serve(visit, OTHER, etag='"two"')


def stall(visit: Visit) -> None:
    if _gets(visit) == 1:
        visit.head("200 OK", f"Content-Length: {SIZE}", 'ETag: "one"', "Accept-Ranges: bytes")
        visit.send(CONTENT[:1_000_000])
        visit.hang()
    serve(visit)


def unavailable_twice(visit: Visit) -> None:
    if _gets(visit) <= 2:  # noqa: PLR2004
        visit.reply("503 Service Unavailable", b"busy")
    else:
        serve(visit)


def too_many_seconds(visit: Visit) -> None:
    _later(visit, "429 Too Many Requests", "1")


def unavailable_date(visit: Visit) -> None:
    _later(visit, "503 Service Unavailable", formatdate(time.time() + 2, usegmt=True))


def _later(visit: Visit, status: str, when: str) -> None:
    if _gets(visit) == 1:
        visit.reply(status, b"later", f"Retry-After: {when}")
    else:
        serve(visit)


def reset(visit: Visit) -> None:
    if _gets(visit) == 1:
        visit.head("200 OK", f"Content-Length: {SIZE}", 'ETag: "one"', "Accept-Ranges: bytes")
        visit.send(CONTENT[:1_000_000])
        visit.reset()
    serve(visit)


def hang_before_reply(visit: Visit) -> None:
    if _gets(visit) == 1:
        visit.hang()
    serve(visit)


def chunked(visit: Visit) -> None:
    _chunked(visit, CONTENT, ends=True)


def chunked_cut(visit: Visit) -> None:
    _chunked(visit, CONTENT, ends=_gets(visit) > 1)


def _chunked(visit: Visit, content: bytes, *, ends: bool) -> None:
    visit.head("200 OK", "Transfer-Encoding: chunked")
    if visit.method == "HEAD":
        return
    for place in range(0, len(content) if ends else len(content) // 2, _PIECE):
        piece = content[place : place + _PIECE]
        visit.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    if not ends:
        visit.cut()
    visit.send(b"0\r\n\r\n")


def gzip_encoded(visit: Visit) -> None:
    visit.reply("200 OK", gzip.compress(TEXT), "Content-Encoding: gzip", "Content-Type: text/plain")


def redirects(visit: Visit) -> None:
    step = int(visit.path.rpartition("/")[2]) if visit.path.startswith("/step/") else 0
    if step < 5:  # noqa: PLR2004
        visit.reply("302 Found", b"", f"Location: /step/{step + 1}")
    else:
        serve(visit)


def wrong_offset(visit: Visit) -> None:
    asked = visit.asked_range()
    if asked is None:
        serve(visit, most=1_000_000 if _gets(visit) == 1 else None)
        return
    first = max(0, asked[0] - 1000)
    body = CONTENT[first:]
    span = f"Content-Range: bytes {first}-{SIZE - 1}/{SIZE}"
    send(visit, "206 Partial Content", body, span, 'ETag: "one"', f"Last-Modified: {LONG_AGO}", "Accept-Ranges: bytes")


def range_ignored(visit: Visit) -> None:
    headers = ('ETag: "one"', f"Last-Modified: {LONG_AGO}", "Accept-Ranges: bytes")
    send(visit, "200 OK", CONTENT, *headers, most=1_000_000 if _gets(visit) == 1 else None)


def digest_mismatch(visit: Visit) -> None:
    digest = base64.b64encode(hashlib.sha256(OTHER).digest()).decode()
    serve(visit, CONTENT, f"Repr-Digest: sha-256=:{digest}:")


def not_found(visit: Visit) -> None:
    visit.reply("404 Not Found", b"<h1>there is no such file</h1>", "Content-Type: text/html")


def head_forbidden(visit: Visit) -> None:
    if visit.method == "HEAD":
        visit.reply("403 Forbidden")
    else:
        serve(visit)


FAULTS = (
    Fault(name="cut, then resumed", answer=cut_and_resume),
    Fault(name="cut, without ranges", answer=no_ranges),
    Fault(name="content and ETag changed", answer=content_changed, contents=(OTHER,)),
    Fault(name="changed between parts", answer=changed_between_parts, contents=(OTHER,)),
    Fault(name="If-Range ignored", answer=if_range_ignored, contents=(OTHER,)),
    Fault(name="stall", answer=stall),
    Fault(name="503 twice", answer=unavailable_twice),
    Fault(name="429, Retry-After in seconds", answer=too_many_seconds),
    Fault(name="503, Retry-After as a date", answer=unavailable_date),
    Fault(name="reset", answer=reset),
    Fault(name="hang before the reply", answer=hang_before_reply),
    Fault(name="chunked", answer=chunked),
    Fault(name="chunked, cut", answer=chunked_cut),
    Fault(name="gzip content-encoding", answer=gzip_encoded, contents=(TEXT,), path="/bottles.txt"),
    Fault(name="five redirects", answer=redirects),
    Fault(name="206 with a wrong offset", answer=wrong_offset),
    Fault(name="200 to a Range", answer=range_ignored),
    Fault(name="wrong Repr-Digest", answer=digest_mismatch, contents=(None,)),
    Fault(name="404", answer=not_found, contents=(None,)),
    Fault(name="HEAD forbidden", answer=head_forbidden),
)


def site_of(fault: Fault) -> RawSite:
    """Return a server that fails so."""
    return RawSite(fault.answer)
