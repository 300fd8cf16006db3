"""Find out what bounds a program: it runs unchanged, and is looked at from outside."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from turnout.advise import diagnose_program
from turnout.errors import ObserveError
from turnout.observe import Recording, SelfWatch, Watch

if TYPE_CHECKING:
    from turnout.report import DiagnosisReport


class Diagnosing:
    """Looks at this process as long as its ``with`` block, or a call that it was given.

    Attributes:
        result: What the call returned; None for a block.
    """

    def __init__(self) -> None:
        self.result: Any = None  # the caller's
        self._watch: SelfWatch | None = None
        self._recording: Recording | None = None

    @property
    def recording(self) -> Recording:
        """What was seen.

        Raises:
            ObserveError: If the block has not ended.
        """
        if self._recording is None:
            raise ObserveError("nothing is known before the end of the `with turnout.diagnose()` block")
        return self._recording

    @property
    def report(self) -> "DiagnosisReport":
        """What was seen and what it means; it shows itself in a notebook, and as text."""
        return report_on(self.recording)

    def __enter__(self) -> Self:
        self._watch = SelfWatch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        watch, self._watch = self._watch, None
        if watch is None:
            return
        try:
            self._recording = watch.stop()
        except ObserveError:
            if error is None:  # else that is what the caller is to see
                raise

    def __str__(self) -> str:
        return str(self.report)


def diagnose(
    function: Callable[..., Any] | None = None,  # the caller's function
    /,
    *args: Any,  # and its arguments
    **kwargs: Any,  # likewise
) -> Diagnosing:
    """Find out what bounds a function, or the block of a ``with`` statement: a core, the GIL, locks, or waiting.

    All threads of this process are looked at, by a helper process that reads its memory; nothing in it is changed.

    Args:
        function: What to call; None for ``with turnout.diagnose() as found: ...``.
        args: Its positional arguments.
        kwargs: Its named arguments.

    Returns:
        What was seen, in ``report`` and ``recording``, and in ``result`` what the function returned.

    Raises:
        ObserveError: If this system does not let us look.
    """
    found = Diagnosing()
    if function is not None:
        with found:
            found.result = function(*args, **kwargs)
    return found


def report_on(recording: Recording) -> "DiagnosisReport":
    """Return a recording with its verdict."""
    from turnout.report import DiagnosisReport  # noqa: PLC0415  only who asks for a report pays for it

    return DiagnosisReport(recording=recording, diagnosis=diagnose_program(recording))


def watch_command(command: Sequence[str], wait: Callable[["subprocess.Popen[bytes]"], int]) -> Recording:
    """Run a command to its end, and return what was seen of it.

    Args:
        command: A Python and its arguments.
        wait: Waits for the program and returns its exit status.

    Raises:
        ObserveError: If it ended before it could be looked at.
    """
    with subprocess.Popen(command) as program:  # noqa: S603  the caller's own command
        watch = Watch(program.pid, command)
        try:
            status = wait(program)
        except BaseException:
            program.kill()
            with suppress(ObserveError):  # it gives back what it holds
                watch.stop()
            raise
        return watch.stop(status)
