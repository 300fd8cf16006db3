"""The command line's first line: it imports nothing, so that an interrupt of what it needs is caught here."""

import sys

TYPE_CHECKING = False  # as in the package itself
if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130  # `ExitStatus.INTERRUPTED`, which may be what could not be imported


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run one command, and return the status to leave with (see `ExitStatus`).

    Args:
        arguments: Words after the program's name; those of this process if None.
    """
    try:
        from turnout.cli._main import answer  # noqa: PLC0415  see above

        return answer(arguments)
    except KeyboardInterrupt:
        if sys.stderr is not None:
            print("turnout: interrupted", file=sys.stderr)
        return _INTERRUPTED
