"""Topic names and filters: what is right, and what matches what.

Source: OASIS MQTT 5.0 (2019), section 4.7.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

from turnout.errors import UsageError

_T = TypeVar("_T")
_LONGEST = 65_535  # bytes
_DEEPEST = 200  # levels; a broker follows a filter level by level


def check_topic(topic: str) -> None:
    """Check that something can be published there.

    Raises:
        UsageError: If not; the message says why.
    """
    if "+" in topic or "#" in topic:
        raise UsageError(f"the topic {topic!r} has a wildcard; only what is subscribed to may have one")
    _check(topic, "topic")


def check_filter(topic_filter: str) -> None:
    """Check that something can be subscribed to.

    Raises:
        UsageError: If not; the message says why.
    """
    _check(topic_filter, "topic filter")
    levels = topic_filter.split("/")
    if len(levels) > _DEEPEST:
        raise UsageError(f"a topic filter has {len(levels)} levels; more than {_DEEPEST} are not followed")
    for place, level in enumerate(levels):
        if "#" in level and (level != "#" or place + 1 < len(levels)):
            raise UsageError(f"the topic filter {topic_filter!r} has a '#' that is not its last level")
        if "+" in level and level != "+":
            raise UsageError(f"the topic filter {topic_filter!r} has a '+' that is not a whole level")


def matches(topic_filter: str, topic: str) -> bool:
    """Return whether a subscription covers a topic; both must be right."""
    tree: FilterTree[None] = FilterTree()
    tree.put(topic_filter, "", None)
    return any(True for _ in tree.matching(topic))


class _Node(Generic[_T]):
    __slots__ = ("below", "values")

    def __init__(self) -> None:
        self.below: dict[str, _Node[_T]] = {}
        self.values: dict[str, _T] = {}


class FilterTree(Generic[_T]):
    """Finds what is kept under the filters that match a topic; a filter keeps one value for each owner."""

    def __init__(self) -> None:
        self._root: _Node[_T] = _Node()

    def put(self, topic_filter: str, owner: str, value: _T) -> bool:
        """Keep a value, and return whether the owner had none there."""
        node = self._root
        for level in topic_filter.split("/"):
            node = node.below.setdefault(level, _Node())
        is_new = owner not in node.values
        node.values[owner] = value
        return is_new

    def remove(self, topic_filter: str, owner: str) -> bool:
        """Forget a value, and return whether there was one."""
        path = [self._root]
        levels = topic_filter.split("/")
        for level in levels:
            found = path[-1].below.get(level)
            if found is None:
                return False
            path.append(found)
        had = owner in path[-1].values
        path[-1].values.pop(owner, None)
        while len(path) > 1 and not path[-1].below and not path[-1].values:
            path.pop()
            del path[-1].below[levels[len(path) - 1]]
        return had

    def matching(self, topic: str) -> Iterator[_T]:
        """Yield the values of all filters that match ``topic``."""
        levels = topic.split("/")
        is_hidden = topic.startswith("$")  # wildcards at the first level do not show it: MQTT 5, 4.7.2
        nodes = [self._root]
        for depth, level in enumerate(levels):
            shown = depth > 0 or not is_hidden
            if shown:
                yield from (value for node in nodes if "#" in node.below for value in node.below["#"].values.values())
            wanted = (level, "+") if shown else (level,)
            nodes = [node.below[name] for node in nodes for name in wanted if name in node.below]
            if not nodes:
                return
        for node in nodes:
            yield from node.values.values()
            if "#" in node.below:  # "a/#" matches "a", too
                yield from node.below["#"].values.values()


def _check(name: str, what: str) -> None:
    if not name:
        raise UsageError(f"a {what} is empty; give it at least one character")
    if "\0" in name:
        raise UsageError(f"the {what} {name!r} holds the character U+0000, which MQTT forbids")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise UsageError(f"the {what} {name!r} cannot be written as UTF-8") from None
    if size > _LONGEST:
        raise UsageError(f"a {what} has {size} bytes; MQTT has room for {_LONGEST}")
