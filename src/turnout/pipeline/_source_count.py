"""How many of a pipeline's source items are through, which is told by what its last stage has handed on."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Handed(NamedTuple):
    """What a stage has handed on so far: counts that belong together, whoever reads them while the stage goes on.

    Attributes:
        made: Entries that it made, failures that pass by too.
        consumed: Entries that these were made of, or that a filter dropped; items of the source for a first stage.
        reached: Index after the last source item that is among them.
    """

    made: int = 0
    consumed: int = 0
    reached: int = 0

    def and_more(self, made: int, consumed: int, reached: int) -> "Handed":
        """Return the counts after some more was handed on."""
        return Handed(self.made + made, self.consumed + consumed, max(self.reached, reached))


def source_items_through(stages: Sequence[Handed], *, is_ordered: bool) -> int:
    """Return how many source items are through all stages.

    Args:
        stages: In the order of the data path, at least one; read in the other, so that each has all that the next got.
        is_ordered: Whether items keep their order in all of them. Then all before the last one that came out are
            through, and so are those that never come out, where nothing is under way. Otherwise it is a guess: as
            large a part of them as each stage has handed on of what it was given.
    """
    first, later = stages[0], list(pairwise(stages))
    if is_ordered:
        through = first.reached
        for before, stage in later:
            reached = stage.reached
            has_all = before.made == stage.consumed
            through = through if has_all else min(through, reached)
        return through
    share = 1.0
    for before, stage in later:
        consumed = stage.consumed
        share *= min(1.0, consumed / before.made) if before.made else 1.0
    return int(first.consumed * share)
