"""What came of an action, for whoever asked for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from turnout.jobs.monitor._changes import alarm_json, change_json
from turnout.jobs.monitor._core import Machine
from turnout.jobs.monitor._types import Alarm, Change


def deed(machine: Machine, action: Mapping[str, object], act: Callable[[], Sequence[Change]]) -> dict[str, object]:
    """Have an action done, and return what came of it as values of JSON.

    Args:
        machine: What it moves.
        action: As `Machine.act` takes it.
        act: Does it.

    Returns:
        Its ``changes``, none if it was so already; and the ``alarm`` that somebody sees to, or the ``silence`` that
        has begun or ended.

    Raises:
        UsageError: If it cannot be done; then nothing has happened.
    """
    before = {silence.id: silence for silence in machine.silences}
    found: dict[str, object] = {"changes": [change_json(change) for change in act()]}
    match action:
        case {"act": "acknowledge", "alarm": name}:
            found["alarm"] = next(standing_json(machine, alarm) for alarm in machine.alarms if alarm.id == name)
        case {"act": "silence"}:
            found["silence"] = asdict(machine.silences[-1])
        case {"act": "unsilence", "id": str(name)}:
            found["silence"] = asdict(before[name])
    return found


def standing_json(machine: Machine, alarm: Alarm) -> dict[str, object]:
    """Return an alarm that stands as values of JSON, with who sees to it."""
    return {**alarm_json(alarm), "acknowledged_by": machine.acknowledged_by(alarm)}
