"""From an answer to a page."""

from turnout.jobs.crawl._likeness import sketch_of
from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._robots import NO_DIRECTIVES, agent_token, read_directives
from turnout.jobs.crawl._turbohtml import read_markup
from turnout.jobs.crawl._types import Fetched, Reading
from turnout.jobs.crawl._urls import canonical_url, host_of
from turnout.pages import Page, content_key

_LONGEST_LANGUAGE = 35


def read_page(fetched: Fetched, resolver: Resolver, agent: str) -> Reading:
    """Return what is in a page.

    Args:
        fetched: The answer; its body is HTML, or claims to be.
        resolver: Knows what belongs to the crawl.
        agent: The User-Agent header, whose product token meta tags may name.
    """
    item = fetched.item
    markup = read_markup(fetched.body, fetched.charset)
    base = (canonical_url(markup.base, item.url) if markup.base else None) or item.url
    resolved = resolver.resolve(base, markup.anchors)
    directives = NO_DIRECTIVES
    if markup.robots or fetched.robots:
        names = {"robots", agent_token(agent).lower()}
        directives = read_directives((text for name, text in markup.robots if name in names), fetched.robots, agent)
    sketch = sketch_of(markup.text)
    page = Page(
        key=item.key,
        url=item.url,
        host=host_of(item.url),
        depth=item.depth,
        title=markup.title,
        description=markup.description,
        headings=markup.headings,
        text=markup.text,
        language=markup.language or fetched.language.partition(",")[0].strip().lower()[:_LONGEST_LANGUAGE],
        canonical=(canonical_url(markup.canonical, base) or "") if markup.canonical else "",
        content_hash=content_key(f"{markup.title}\n{markup.text}"),
        similar_to=0,
        status=fetched.status,
        fetched_s=fetched.fetched_s,
        modified=fetched.modified,
        body_bytes=len(fetched.body),
    )
    refresh = (canonical_url(markup.refresh, base) or "") if markup.refresh else ""
    wanted = [] if directives.nofollow else resolved.wanted
    return Reading(page, resolved.keys, wanted, resolved.texts, directives, sketch, refresh)
