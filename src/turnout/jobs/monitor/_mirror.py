"""One board of several processes: each tells how its parts stand, and each can show the whole.

board of a part ──► PartTeller ──► views, a few times a second, over NATS ──► Mirror ──► board of the whole

What changed is told, and all of it every two seconds: who begins to listen, or has missed something, knows all by then.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._present import PresentSink
from turnout.jobs.monitor._types import Batch, Severity
from turnout.jobs.monitor._views import View
from turnout.jobs.monitor.page import Board, Figures, Quiet, Standing
from turnout.jobs.monitor.scale import Part

RECEIVING = "receiving"
"""What the one that receives is called among the parts: it has counts, and no sensors."""

_MOST_READINGS = 20_000  # of a view: at most 400 kB, of the 1 MB that a message of NATS may have
_MOST_ALARMS = 5_000  # likewise; a page shows the worst 300 and counts the rest
_ALIVE_NS = 10**9
_RECEIVES_NS = 5 * 10**9
_RAISED = "raised."
_WAITING, _LAG_US, _IS_CONNECTED = "now.waiting", "now.lag_us", "now.connected"


class PartPresentSink(PresentSink):
    """Keeps the board of a part: it has the alarms of the last state, and is told what became of them since."""

    takes_again = True


class PartTeller:
    """Tells how a board of a part stands.

    Args:
        board: It.
        owner: The name of this process.
    """

    def __init__(self, board: Board, owner: str) -> None:
        self._board, self._owner = board, owner
        self._revision = self._alarms_revision = 0

    def views(self, *, whole: bool) -> Iterator[View]:
        """Return what changed since the last call, or all that there is; in more than one view only if it is much."""
        board = self._board
        sensors = board.changed_since(0 if whole else self._revision)
        has_alarms = whole or board.alarms_revision != self._alarms_revision
        self._revision, self._alarms_revision = board.revision, board.alarms_revision
        raised = {f"{_RAISED}{severity.name}": count for severity, count in board.raised_count().items()}
        counts = {"readings": board.readings_count, **board.figures.totals, **raised}
        for start in range(0, max(1, len(sensors)), _MOST_READINGS):
            tells_alarms = has_alarms and start == 0
            yield View(
                owner=self._owner,
                counts=counts,
                batch=board.last_readings(sensors[start : start + _MOST_READINGS]),
                standing=tuple(islice(board.standing(), _MOST_ALARMS)) if tells_alarms else None,
                quiet=board.quiet() if tells_alarms else (),
                cooling=board.cooling(),
            )


def view_of_receiving(owner: str, figures: Figures) -> View:
    """Return what the process that receives tells of it."""
    now = {
        _WAITING: figures.waiting,
        _LAG_US: round(figures.lag_s * 1e6),
        _IS_CONNECTED: int(figures.is_connected),
    }
    nothing = np.zeros(0, np.int64)
    batch = Batch(sensors=nothing.astype(np.int32), values=nothing.astype(np.float64), times_ns=nothing)
    return View(owner=owner, counts={**figures.totals, **now}, batch=batch)


@dataclass(slots=True)
class _Source:
    """What was last told of a part."""

    owner: str = ""
    seen_ns: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    standing: tuple[Standing, ...] = ()
    quiet: tuple[Quiet, ...] = ()


class Mirror:
    """Keeps the board of the whole.

    Args:
        board: It.
        parts: All of them.
        now_ns: The time.
    """

    def __init__(self, board: Board, parts: Sequence[Part], now_ns: Callable[[], int]) -> None:
        self._board, self._now_ns = board, now_ns
        self._parts = {str(part.number): part for part in parts}
        self._sources: dict[str, _Source] = {}
        self._totals: Counter[str] = Counter()

    def take(self, name: str, content: bytes) -> None:
        """Take what was told of a part, or of `RECEIVING`; what makes no sense is left out.

        Of two processes that both tell of a part, the one counts that began: the other has lost it, and does not know.
        """
        try:
            view = View.from_bytes(content)
            batch = self._in_whole(name, view.batch)
        except ValueError:  # of another version, or of somebody else
            return
        now_ns, source = self._now_ns(), self._sources.setdefault(name, _Source())
        if view.owner != source.owner:
            if now_ns - source.seen_ns < _ALIVE_NS:
                return
            source.owner, source.counts = view.owner, {}
        source.seen_ns = now_ns
        grown = {count: most - source.counts.get(count, 0) for count, most in view.counts.items()}
        source.counts = view.counts
        self._totals.update(grown)
        self._board.see(batch, now_ns, count=grown.get("readings", 0))
        for zone, cooled in view.cooling.items():
            self._board.cool(zone, cooled)
        if view.standing is not None and (view.standing, view.quiet) != (source.standing, source.quiet):
            source.standing, source.quiet = view.standing, view.quiet
            self._mirror_alarms()

    def tick(self) -> None:
        """Forget what is too old, and tell what was counted; call it every second or so."""
        now_ns, receiving = self._now_ns(), self._sources.get(RECEIVING, _Source())
        self._board.tick(now_ns)
        is_there = now_ns - receiving.seen_ns < _RECEIVES_NS
        counts = receiving.counts if is_there else {}
        self._board.figures = Figures(
            totals={
                name: count
                for name, count in self._totals.items()
                if name != "readings" and not name.startswith(("now.", _RAISED))
            },
            waiting=counts.get(_WAITING, 0),
            lag_s=counts.get(_LAG_US, 0) / 1e6,
            is_connected=bool(counts.get(_IS_CONNECTED, 0)),
        )

    def _in_whole(self, name: str, batch: Batch) -> Batch:
        if name == RECEIVING:
            return batch
        part = self._parts.get(name)
        if part is None or (len(batch) and not 0 <= batch.sensors.min() <= batch.sensors.max() < len(part.layout)):
            raise ValueError("there is no such part")
        return part.in_whole(batch)

    def _mirror_alarms(self) -> None:
        sources = self._sources.values()
        quiet = {one.id: one for source in sources for one in source.quiet}  # the same in all parts
        raised = {severity: self._totals[f"{_RAISED}{severity.name}"] for severity in Severity}
        self._board.mirror((one for source in sources for one in source.standing), quiet.values(), raised)
