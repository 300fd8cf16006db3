"""The present, as the live page shows it."""

from collections.abc import Callable

from turnout.jobs.monitor._hub import Sink
from turnout.jobs.monitor._types import Batch, Change, ChangeKind
from turnout.jobs.monitor.notices import Silence, Watch
from turnout.jobs.monitor.page import Board, Cooled, Figures, Quiet, Standing
from turnout.jobs.monitor.reactions import ZoneCooling

_EVERY_NS = 10**9
_CHANGES_SHOWN = {ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.FLAPPING, ChangeKind.CALM, ChangeKind.ACKNOWLEDGED}


class PresentSink(Sink):
    """Keeps a board up to date.

    Args:
        board: What pages look at.
        watch: Knows which alarms stand.
        zones: Called for how zones are cooled.
        figures: Called for what the monitor has to do.
    """

    def __init__(
        self,
        board: Board,
        watch: Watch,
        zones: Callable[[], tuple[ZoneCooling, ...]],
        figures: Callable[[], Figures],
    ) -> None:
        self._board, self._watch, self._zones, self._figures = board, watch, zones, figures
        self._due_ns = 0
        self._hushed: tuple[tuple[Silence, ...], tuple[str, ...]] = ((), ())
        self._stand()

    def see(self, batch: Batch, now_ns: int) -> None:
        """Take readings."""
        self._board.see(batch, now_ns)

    def change(self, change: Change, now_ns: int) -> None:
        """Take what became of an alarm."""
        if change.kind in _CHANGES_SHOWN:
            self._board.change(change, now_ns)

    def tick(self, now_ns: int) -> None:
        """Take what is not told by changes."""
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + _EVERY_NS
        self._board.tick(now_ns)
        for zone in self._zones():
            self._board.cool(zone.zone, Cooled(level=zone.level, note="" if zone.reason == "control" else zone.reason))
        self._board.figures = self._figures()
        self._hush()

    def _stand(self) -> None:
        """Take the alarms that stood before a restart."""
        notifier = self._watch.notifier
        self._board.stand(
            Standing(alarm=alarm, is_acknowledged=notifier.acknowledged_by(alarm) is not None)
            for alarm in self._watch.alarms
        )

    def _hush(self) -> None:
        """Take the silences, if they are others than before, or cover others."""
        silences, notifier = self._watch.silences, self._watch.notifier
        covered = tuple(alarm.id for alarm in self._watch.alarms if notifier.is_silenced(alarm)) if silences else ()
        if (silences, covered) != self._hushed:
            self._hushed = silences, covered
            self._board.hush(map(_quiet_of, silences), covered)


def _quiet_of(silence: Silence) -> Quiet:
    which = silence.which
    asked = {"rule": which.rules, "subject": which.subjects, "zone": which.zones, "room": which.rooms}
    what = {name: ", ".join(patterns) for name, patterns in asked.items() if patterns}
    return Quiet(id=silence.id, what=what, until_ns=silence.until_ns, comment=silence.comment)
