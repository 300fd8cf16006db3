"""Crawl sites politely, with a frontier on disk, into an index."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.crawl._crawl import Around as Around
    from turnout.jobs.crawl._crawl import Crawl as Crawl
    from turnout.jobs.crawl._crawl import OpenIndex as OpenIndex
    from turnout.jobs.crawl._crawl import crawl as crawl
    from turnout.jobs.crawl._crawl import seed_url as seed_url
    from turnout.jobs.crawl._options import CrawlOptions as CrawlOptions
    from turnout.jobs.crawl._scope import REACHES as REACHES
    from turnout.jobs.crawl._shard import ShardResult as ShardResult
    from turnout.jobs.crawl._shards import crawl_shards as crawl_shards
    from turnout.jobs.crawl._standing import read_standing as read_standing

__getattr__, __dir__ = lazy(
    __name__,
    {
        "REACHES": "._scope",
        "Around": "._crawl",
        "Crawl": "._crawl",
        "CrawlOptions": "._options",
        "OpenIndex": "._crawl",
        "ShardResult": "._shard",
        "crawl": "._crawl",
        "crawl_shards": "._shards",
        "read_standing": "._standing",
        "seed_url": "._crawl",
    },
)
