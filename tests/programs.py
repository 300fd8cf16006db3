"""What programs inherit that tests start."""

import os


def unmeasured(**more: str) -> dict[str, str]:
    """Return the environment without coverage, which an interrupt may strike too, and which takes half of the time."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}, **more}
