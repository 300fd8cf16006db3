"""What stands in the place of a result that there is none of, though nothing failed."""

from typing import Final, final


@final
class Omitted:
    """The type of `OMITTED`, its only value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "OMITTED"

    def __reduce__(self) -> str:
        return "OMITTED"  # the name it has here, so that a pickle of it loads as the one and only


OMITTED: Final = Omitted()
"""Stands for an item that a filter dropped, or that was left out because only failed items were to be run again."""
