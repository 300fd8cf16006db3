"""A page as it was fetched and read, and what keeps pages to be searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, kw_only=True)  # one for each page: frozen, it would cost three times as much
class Page:
    """A page that was fetched; to be read only.

    Attributes:
        key: What `page_key` gives for ``url``.
        url: Its address, in canonical form. Redirects were followed to it one by one, so this is where it is.
        host: Its host, with the port unless that is the scheme's own: ``"example.org"``, ``"127.0.0.2:8080"``.
        depth: How many links it is away from where the crawl began.
        title: Of the document; white space collapsed.
        description: What the page says of itself, or "".
        headings: h1 to h6 in order, at most 200.
        text: What can be seen, white space between blocks; at most 1,000,000 characters.
        language: As the page tells it, lower case: ``"fr"``, ``"en-gb"``; "" if it does not.
        canonical: The address that the page calls its own, in canonical form; "" if it does not.
        content_hash: Of title and text, signed 64 bit: the same for pages that read the same.
        similar_to: The key of an earlier page with nearly the same text; 0 if there is none.
        status: Of HTTP.
        fetched_s: When, in seconds since 1970.
        modified: As the server dates it (Last-Modified), or "".
        body_bytes: How long the decoded body was.
    """

    key: int
    url: str
    host: str
    depth: int
    title: str
    description: str
    headings: tuple[str, ...]
    text: str
    language: str
    canonical: str
    content_hash: int
    similar_to: int
    status: int
    fetched_s: float
    modified: str
    body_bytes: int


class PageIndex(Protocol):
    """Where pages go to be searched; used from one thread at a time."""

    def add(self, pages: Sequence[Page], /) -> None:
        """Take pages, each in the place of one with the same key."""
        ...

    def remove(self, keys: Sequence[int], /) -> None:
        """Drop pages; a key that is not there is no mistake."""
        ...

    def commit(self) -> None:
        """Let what was taken be found, and keep it through the end of the process."""
        ...

    def close(self) -> None:
        """Commit, and give everything back."""
        ...
