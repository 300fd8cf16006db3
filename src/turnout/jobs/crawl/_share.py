"""Which hosts a shard of a crawl owns."""

from dataclasses import dataclass

from turnout.jobs.crawl._urls import host_of, name_of
from turnout.pages import content_key


@dataclass(frozen=True, slots=True)
class Share:
    """The hosts whose names have a hash in one of several classes, so that each host has one owner, who keeps its pace.

    Attributes:
        number: Of this shard, from 0.
        shards: How many there are.
    """

    number: int
    shards: int

    def has(self, url: str) -> bool:
        """Tell whether a canonical address is owned; all ports and schemes of a host are."""
        return content_key(name_of(host_of(url))) % self.shards == self.number
