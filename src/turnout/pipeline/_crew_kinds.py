"""What some crews can do, and others cannot; asked by name, since a protocol's first ``isinstance`` takes 80 µs."""

from turnout.executors import Crew


def muster(crew: Crew) -> None:
    """Have a crew fork what it can, or what can fork for it later on, if it does: before its process has threads."""
    if (fork := getattr(crew, "muster", None)) is not None:
        fork()


def withdraw(crew: Crew) -> None:
    """Have a crew give back what nobody has begun, undone, if it can."""
    if (give_back := getattr(crew, "withdraw", None)) is not None:
        give_back()
