"""What some crews can do, and others cannot."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Withdrawing(Protocol):
    """A crew that can give back what nobody has begun."""

    def withdraw(self) -> None:
        """Give it back, undone."""
        ...


@runtime_checkable
class Mustering(Protocol):
    """A crew that forks what it can, or what can fork for it later on, before its process has threads."""

    def muster(self) -> None:
        """Do so now, if that may be needed."""
        ...
