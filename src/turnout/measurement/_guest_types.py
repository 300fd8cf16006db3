"""What other Pythons did, as values."""

from dataclasses import dataclass

from turnout.machine import Interpreter
from turnout.measurement._types import Measurement, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where another Python finds the function.

    Attributes:
        file: Its module's source file; None for a module that every Python has.
        module: Its module's name.
        folder: What the module's outermost package, or the module, lies in; None with ``file``.
        attributes: Its name in the module: ``"Class.method"``.
    """

    file: str | None
    module: str
    folder: str | None
    attributes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A Python that is to run the work.

    Attributes:
        name: What the report calls it, and no other: ``"CPython 3.13.1t"``.
        path: How to start it.
        interpreter: What it said of itself; None if it did not answer.
        silence: Why it did not; empty if it did.
    """

    name: str
    path: str
    interpreter: Interpreter | None
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRun:
    """What one Python did with the work.

    Attributes:
        entrant: Which Python.
        measurements: What each model cost there; the walls do not hold the start of the workers.
        refusals: Which models could not run there, by their label.
        reason: Why it ran nothing at all, in one sentence without a full stop; empty if it ran.
        gil: Whether threads took turns while the function ran; None if it never came to run.
        switched_on_by: The extensions that switched the lock on again, in a build that runs without.
        startup_s: From its start until it greeted.
        load_s: What importing the function took.
        first_s: The wall time of the first pass over the items, before a compiler had seen what is hot.
    """

    entrant: Entrant
    measurements: tuple[Measurement, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    reason: str = ""
    gil: bool | None = None
    switched_on_by: tuple[str, ...] = ()
    startup_s: float = 0.0
    load_s: float = 0.0
    first_s: float = 0.0
