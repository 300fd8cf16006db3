"""Sitemaps: the pages that a site lists itself."""

import re
import zlib
from html import unescape
from typing import NamedTuple

MOST_BYTES = 50_000_000  # unpacked, as sitemaps.org has it
MOST_ADDRESSES = 50_000  # likewise
_GZIP = b"\x1f\x8b"
_WBITS_GZIP = 31
_LOCATION = re.compile(
    rb"<(?:(?!image|video|news|xhtml)[A-Za-z0-9_]+:)?loc\s*>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,4000}?)\s*(?:\]\]>)?\s*</",
    re.IGNORECASE,
)
_INDEX = re.compile(rb"<(?:[A-Za-z0-9_]+:)?sitemapindex[\s>]", re.IGNORECASE)
_LOOKED_AT = 10_000  # bytes, for what kind of file it is


class Sitemap(NamedTuple):
    """What a sitemap lists.

    Attributes:
        is_index: Whether the addresses are those of sitemaps, and not of pages.
        addresses: As they stand there, at most 50,000.
    """

    is_index: bool
    addresses: tuple[str, ...]


def read_sitemap(body: bytes) -> Sitemap:
    """Return what a sitemap lists: XML or a text with one address a line, maybe packed with gzip.

    What is broken or cut off is read as far as it goes.
    """
    if body.startswith(_GZIP):
        body = unpack(body)
    start = body[:_LOOKED_AT]
    if b"<" not in start:
        lines = body.removeprefix(b"\xef\xbb\xbf").splitlines()[:MOST_ADDRESSES]
        return Sitemap(False, tuple(line.decode("utf-8", "replace").strip() for line in lines if b"://" in line))
    addresses = []
    for found in _LOCATION.finditer(body):
        addresses.append(unescape(found[1].decode("utf-8", "replace")))
        if len(addresses) == MOST_ADDRESSES:
            break
    return Sitemap(_INDEX.search(start) is not None, tuple(addresses))


def unpack(body: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """Return what a gzip file holds, at most so many bytes; of a broken one, what could be read."""
    reader = zlib.decompressobj(_WBITS_GZIP)
    try:
        return reader.decompress(body, most_bytes)
    except zlib.error:
        return b""
