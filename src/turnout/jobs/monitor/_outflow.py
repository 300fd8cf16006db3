"""Where everything goes that comes out of the rules.

readings, changes ──► reactions: cool, publish, post, run ──► entries of what was done
                 └──► history, observers, people                  └──► history, reactions.jsonl

History, observers and people are the same for all that a process looks after. Reactions belong to a layout: that of the
whole, or that of each partition that the process owns.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Self

from turnout.jobs.monitor._audience import Sink
from turnout.jobs.monitor._commands import Commands
from turnout.jobs.monitor._observers import Observers
from turnout.jobs.monitor._plan import Access, Plan
from turnout.jobs.monitor._reacting import Reacting
from turnout.jobs.monitor._recovery import Recovered
from turnout.jobs.monitor._sinks import HistorySink, StreamSink, VoiceSink
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor._types import Alarm, Layout
from turnout.jobs.monitor._voice import Voice
from turnout.jobs.monitor.history import History, Scribe
from turnout.jobs.monitor.reactions import Entry, ReactionLog

REACTIONS_FILE = "reactions.jsonl"
_STATE_TOPIC = "turnout/monitor/{}/state"


class Outflow:
    """Remembers and tells, until the block ends; and makes reactions.

    Args:
        plan: What is watched, and how.
        folder: Where history is kept. It is `locked`.
        streams: What observers subscribe to; they are closed at the end.
        voice: Tells people.
        now_ns: The time.
        observers: Entry points of observers; those of installed packages if None.

    Attributes:
        scribe: Writes the history.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        streams: Streams,
        voice: Voice,
        *,
        now_ns: Callable[[], int],
        observers: Iterable[EntryPoint] | None = None,
    ) -> None:
        self._plan, self._streams, self._voice, self._now_ns = plan, streams, voice, now_ns
        with ExitStack() as stack:
            self._history = History(folder, plan.layout, plan.keeping, now_ns=now_ns, say=voice.warn)
            self.scribe = stack.enter_context(Scribe(self._history, now_ns, say=voice.warn))
            self._entries = stack.enter_context(ReactionLog(folder / REACTIONS_FILE, say=voice.warn))
            stack.callback(streams.close)
            stack.callback(Observers(streams, voice.warn, observers).close)
            self._ends = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @asynccontextmanager
    async def reacting(
        self, layout: Layout, access: Access, note: Callable[[Mapping[str, object]], None], recovered: Recovered | None
    ) -> AsyncIterator[Reacting]:
        """Make the reactions of some sensors, and close them when the block ends; they are started in it.

        Args:
            layout: Which sensors.
            access: How the broker is reached, with a client_id that no others have.
            note: Keeps that something was done.
            recovered: What they go on from; None for a beginning.

        Raises:
            BrokerError: If the broker cannot be reached.
        """
        plan, warn = self._plan, self._voice.warn
        commands = Commands(access, _STATE_TOPIC.format(access.client_id), warn)
        await commands.start()
        try:
            reacting = Reacting(layout, plan.reactions, commands, log=self._tell, note=note, now_ns=self._now_ns)
            if recovered is not None:
                reacting.restore(recovered)
            try:
                yield reacting
            finally:
                await reacting.close()
        finally:
            await commands.stop()

    def stand(self, time_ns: int, zones: Iterable[str], alarms: Iterable[Alarm]) -> None:
        """Keep in the history which alarms of some zones stand at a moment."""
        self._history.stand(time_ns, zones, alarms)

    def sinks(self, reacting: Reacting) -> tuple[Sink, ...]:
        """Return those that want to know of all sensors, and of how zones are cooled."""
        return (
            HistorySink(self._history, lambda: reacting.zones),
            StreamSink(self._streams),
            VoiceSink(self._voice.change),
        )

    def _tell(self, entry: Entry) -> None:
        self._entries(entry)
        self._history.react(entry.time_ns, entry.to_json())
