"""What ``turnout monitor`` prints: changes of alarms, and how a monitor stands."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from turnout.jobs.monitor._changes import change_json, line_of
from turnout.jobs.monitor._types import Change, ChangeKind
from turnout.report import plain
from turnout.report._words import plural

_MOST_ALARMS = 20
_SEVERITIES = ("critical", "warning", "info")
_MOST_ZONES = 10
_SECOND_NS = 10**9
_EACH = frozenset({ChangeKind.RAISED, ChangeKind.CLEARED})


class Lines:
    """Tells people, or programs, what goes on: alarms on standard output, all else on standard error.

    People are told of alarms as the configuration has it: together, and of none that is silenced or follows from
    another one. Programs are told all.

    Args:
        out: Where alarms go.
        err: Where the rest goes.
        is_quiet: Whether only alarms and what somebody may have to look after are told.
        as_json: Whether alarms are lines of JSON.
        has_each: Whether people are told of each alarm that is raised or cleared, too.
    """

    def __init__(
        self, out: TextIO, err: TextIO, *, is_quiet: bool = False, as_json: bool = False, has_each: bool = False
    ) -> None:
        self._out, self._err = out, err
        self._is_quiet, self._as_json = is_quiet, as_json
        self._left_out = frozenset() if as_json or has_each else _EACH

    def note(self, text: str) -> None:
        """Say something that is as it should be."""
        if not self._is_quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Say something that somebody may have to look after."""
        print(f"turnout monitor: {plain(text)}", file=self._err, flush=True)

    def change(self, change: Change) -> None:
        """Say what became of an alarm."""
        if change.kind not in self._left_out:
            print(line_of(change_json(change)) if self._as_json else text_of(change), file=self._out, flush=True)


def text_of(change: Change) -> str:
    """Return a change as a line for people."""
    alarm = change.alarm
    words = [
        moment_of(change.time_ns),
        f"{change.kind.value:<12}",
        f"{alarm.severity.name.lower():<8}",
        alarm.rule,
        alarm.subject if alarm.subject == alarm.zone else f"{alarm.subject} in {alarm.zone}",
        f"({change.value:.4g})",
    ]
    if len(change.group) > 1:
        words.append(f"and {len(change.group) - 1:,} more")
    return plain(" ".join(words))


def moment_of(time_ns: int) -> str:
    """Return a moment in local time, to the second."""
    return datetime.fromtimestamp(time_ns // _SECOND_NS, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def status_text(status: Mapping[str, Any]) -> str:  # values of JSON
    """Return how a monitor stands, for people."""
    intake, alarms, cooling = status["intake"], status["alarms"], status["cooling"]
    odd = {"malformed": "malformed", "strange": "of no sensor", "again": "sent again", "retained": "from unknown times"}
    messages = plural(intake["messages"], "message")
    left_out = ", ".join(f"{intake[name]:,} {words}" for name, words in odd.items() if intake[name])
    lines = [
        f"process     {status['pid']}; the broker is {status['broker']}",
        *_partitions(status),
        f"readings    {intake['kept']:,} of {messages}{f'; {left_out}' if left_out else ''}",
        f"alarms      {len(alarms):,} active",
        *(f"            {_alarm_text(alarm)}" for alarm in sorted(alarms, key=_rank)[:_MOST_ALARMS]),
    ]
    if len(alarms) > _MOST_ALARMS:
        lines.append(f"            and {len(alarms) - _MOST_ALARMS:,} more")
    if cooling:
        lines.append(f"cooling     {_cooling_text(cooling)}")
    lines += [f"silence     {_silence_text(silence)}" for silence in status["silences"]]
    if status["pending"] or status["failed"]:
        lines.append(f"reactions   {status['pending']:,} under way, {status['failed']:,} given up")
    if status["dropped"]:
        lines.append(f"observers   lost {plural(status['dropped'], 'item')} for being too slow")
    if status["log"] and status["log"]["trouble"]:
        lines.append(f"log         cannot be written ({status['log']['trouble']})")
    if status["history"]["trouble"]:
        lines.append(f"history     cannot be written ({status['history']['trouble']})")
    return "\n".join(map(plain, lines))


def deed_text(act: str, deed: Mapping[str, Any]) -> str:  # values of JSON
    """Return what was done, for people.

    Args:
        act: ``"acknowledge"``, ``"silence"`` or ``"unsilence"``.
        deed: What the monitor says came of it.
    """
    if act == "acknowledge":
        already = "" if deed["changes"] else "already "
        alarm = " ".join(_alarm_text(deed["alarm"]).split())  # in no column here
        return plain(f"{already}acknowledged: {alarm}")
    what = "has begun" if act == "silence" else "has ended"
    return plain(f"{what}: silence {_silence_text(deed['silence'])}")


def _partitions(status: Mapping[str, Any]) -> Sequence[str]:  # as above
    """Return what one of several monitors looks after; nothing of a single one."""
    if "partitions" not in status:
        return ()
    return (f"partitions  {', '.join(map(str, status['partitions'])) or 'none at the moment'}",)


def _cooling_text(cooling: Sequence[Mapping[str, Any]]) -> str:  # as above
    mean = sum(zone["level"] for zone in cooling) / len(cooling)
    full = [zone["zone"] for zone in cooling if zone["reason"] in {"alarm", "stale"}]
    text = f"{plural(len(cooling), 'zone')} at {mean:.0%} on average"
    if full:
        more = f" and {len(full) - _MOST_ZONES:,} more" if len(full) > _MOST_ZONES else ""
        text += f"; in full, for an alarm or lost data: {', '.join(full[:_MOST_ZONES])}{more}"
    return text


def _alarm_text(alarm: Mapping[str, Any]) -> str:  # as above
    seen = f", {alarm['acknowledged_by']} sees to it" if alarm["acknowledged_by"] is not None else ""
    return (
        f"{alarm['severity']:<8} {alarm['rule']} {alarm['subject']} since {moment_of(alarm['raised_ns'])}{seen}"
        f"  {alarm['alarm']}"
    )


def _rank(alarm: Mapping[str, Any]) -> tuple[int, int]:  # as above
    """Sort the worst first, and of these the oldest."""
    return _SEVERITIES.index(alarm["severity"]), alarm["raised_ns"]


def _silence_text(silence: Mapping[str, Any]) -> str:  # as above
    what = ", ".join(f"{name} {' or '.join(map(str, each))}" for name, each in silence["which"].items() if each)
    why = f" ({silence['comment']})" if silence["comment"] else ""
    return f"{silence['id']}: {what} until {moment_of(silence['until_ns'])}{why}"
