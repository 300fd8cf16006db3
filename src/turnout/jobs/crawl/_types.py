"""What goes from one stage of a crawl to the next."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from turnout.jobs.crawl._likeness import Sketch
from turnout.jobs.crawl._resolver import Target
from turnout.jobs.crawl._robots import Directives
from turnout.pages import Page

if TYPE_CHECKING:
    from array import array

# Statuses, as HTTP has them.
GONE = {404, 410}
REDIRECTIONS = {301, 302, 303, 307, 308}


class State(IntEnum):
    """How an address in the frontier stands, as it is kept on disk.

    One that is being fetched is still waiting there: if the process ends, it is fetched by the next.
    """

    WAITING = 0
    DONE = 2
    FAILED = 3
    LEFT_OUT = 4


class Found(NamedTuple):
    """An address that was found.

    Attributes:
        key: Of the address.
        url: In canonical form.
        depth: How many links it is away from a seed.
        hops: How many redirections led to it, one after the other.
    """

    key: int
    url: str
    depth: int
    hops: int = 0


@dataclass(slots=True)  # one for each page: frozen, it would cost three times as much; to be read only
class Item:
    """An address that is to be fetched.

    Attributes:
        id: Its row.
        key: Of the address.
        url: In canonical form.
        depth: How many links it is away from a seed.
        hops: How many redirections led to it.
        tries: How often it was tried before, in this run.
        etag: What the server said of it last time, or "".
        modified: Likewise.
    """

    id: int
    key: int
    url: str
    depth: int
    hops: int
    etag: str
    modified: str
    tries: int = 0


@dataclass(slots=True)  # likewise
class Fetched:
    """An answer.

    Attributes:
        item: What was asked for.
        status: Of HTTP.
        body: Decoded as far as compression goes; empty if it is not a page.
        is_page: Whether it is HTML that was answered with 200.
        charset: As the server says, or None.
        language: Content-Language, or "".
        robots: Values of X-Robots-Tag.
        location: Where a redirection leads, or "".
        etag: Of the answer, or "".
        modified: Last-Modified, or "".
        fetched_s: When, in seconds since 1970.
        total_s: How long it took.
        received_bytes: Of the body on the wire.
        is_cut: Whether the body was longer than may be, and is the beginning only.
        content_type: As the server says, or "".
        retry_after: When the server asks to be asked again, or "".
        head: The header fields of the answer, if an archive wants them.
    """

    item: Item
    status: int
    body: bytes
    is_page: bool
    charset: str | None
    language: str
    robots: tuple[str, ...]
    location: str
    etag: str
    modified: str
    fetched_s: float
    total_s: float
    received_bytes: int
    is_cut: bool
    content_type: str
    retry_after: str = ""
    head: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)  # likewise
class Reading:
    """What was read in a page.

    Attributes:
        page: As it goes to the index.
        links: Keys of what it links to, each once (typecode "q"), without links that ask not to be followed.
        wanted: What it links to, belongs to the crawl, and may be new to the frontier.
        texts: Keys of targets and the texts of links to them, those that were not met lately.
        directives: What it asks robots.
        sketch: To find pages that are nearly the same.
        refresh: Where it sends its reader after a moment, in canonical form, or "".
    """

    page: Page
    links: "array[int]"
    wanted: list[Target]
    texts: list[tuple[int, str]]
    directives: Directives
    sketch: Sketch
    refresh: str = ""
