"""How a crawl is made."""

from dataclasses import dataclass
from importlib.metadata import version

DEFAULT_AGENT = f"turnout/{version('turnout')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """How a crawl is made.

    Attributes:
        max_depth: How many links away from a seed pages are fetched; None for any number.
        max_pages: How many pages are fetched in all, over all runs; None for any number.
        host_pages: How many of one host; 0 for any number.
        delay_s: What is left between two requests to a host, seconds; None for 1 s on public hosts and 0 on others.
            What robots.txt asks for counts if it is longer.
        connections: How many requests are under way at most.
        host_connections: How many to one host, where there is no delay.
        agent: The User-Agent header.
        obeys_robots: Whether robots.txt, meta tags and X-Robots-Tag are obeyed.
        reads_sitemaps: Whether the sitemaps that robots.txt names are read.
        most_bytes: Of a page, decompressed; the rest is not read.
        deadline_s: How long one page may take.
        stall_s: How long nothing may arrive.
        tries: How often a page is asked for that fails in a way that may pass.
        patience_s: How long a host is waited for that asks to come back later (Retry-After).
        allows_private: Whether links may lead to private addresses that are no seeds.
        verify: Whether certificates must be good.
        resolve: Addresses for names: ``"example.org:80:127.0.0.1"``, as curl has it.
        recrawls: Whether pages that were fetched are asked for again, if they have changed.
    """

    max_depth: int | None = None
    max_pages: int | None = None
    host_pages: int = 250_000
    delay_s: float | None = None
    connections: int = 64
    host_connections: int = 8
    agent: str = DEFAULT_AGENT
    obeys_robots: bool = True
    reads_sitemaps: bool = True
    most_bytes: int = 2_000_000
    deadline_s: float = 60.0
    stall_s: float = 20.0
    tries: int = 3
    patience_s: float = 300.0
    allows_private: bool = False
    verify: bool = True
    resolve: tuple[str, ...] = ()
    recrawls: bool = False
