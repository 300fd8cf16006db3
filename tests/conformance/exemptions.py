"""CPython's tests that cannot apply to our executors, each with the reason; `docs/conformance.md` tells the same."""

from dataclasses import dataclass

PRIVATE = "reads a private attribute of the standard library's pool"
SURVIVES = "expects a dead worker to break the pool; ours fails that worker's item alone and goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A test, or several alike.

    Attributes:
        tests: ``Class.test``, as a shell pattern.
        reason: Why it cannot apply.
        since: The first version of Python that has it.
    """

    tests: str
    reason: str
    since: tuple[int, int] = (3, 11)


EXEMPTIONS = (Exemption(tests="ProcessPool*.test_killed_child", reason=SURVIVES),)
