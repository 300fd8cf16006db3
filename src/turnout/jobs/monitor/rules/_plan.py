"""From rules to what judges: machines, means, histories, and who looks at what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from turnout.jobs.monitor._numpy import Bools, np
from turnout.jobs.monitor._types import Alarm, Layout
from turnout.jobs.monitor.rules._grid import on_grid
from turnout.jobs.monitor.rules._history import History
from turnout.jobs.monitor.rules._judges import (
    DeviationJudge,
    Judge,
    MissingJudge,
    RateJudge,
    StuckJudge,
    ZoneJudge,
    zone_subjects,
)
from turnout.jobs.monitor.rules._machine import Machine, Outbox, Subject
from turnout.jobs.monitor.rules._means import Means
from turnout.jobs.monitor.rules._readings import Watched
from turnout.jobs.monitor.rules._snapshot import alarm_from_json
from turnout.jobs.monitor.rules._stillness import Stillness
from turnout.jobs.monitor.rules._values import Deviation, Missing, Rate, Rule, StepRule, Stuck, Threshold, ZoneRule

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Part(Protocol):
    """Keeps state in arrays."""

    def state(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return it."""
        ...

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:  # likewise
        """Take over what `state` returned."""
        ...


@dataclass(slots=True)
class Plan:
    """Everything that keeps the state of a set of rules.

    Attributes:
        outbox: Takes the changes.
        machines: One for each rule, in order.
        watched: What is judged at each reading.
        histories: By length of their steps.
        stillness: By tolerance.
        judges: What is judged at the end of steps, by their length, in order of the rules.
    """

    outbox: Outbox
    machines: list[Machine] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    histories: dict[int, History] = field(default_factory=dict)
    stillness: dict[float, Stillness] = field(default_factory=dict)
    judges: dict[int, list[Judge]] = field(default_factory=dict)

    @property
    def keepers(self) -> "tuple[History | Stillness, ...]":
        """What takes each reading, whatever the rules that look at it."""
        return (*self.histories.values(), *self.stillness.values())

    def arrays(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return all of the state that is in arrays, by names that tell what it is and how it was made."""
        kept: dict[str, NDArray[Any]] = {f"phases {each.rule.name}": each.seen for each in self.machines}  # likewise
        for title, part in self._parts().items():
            kept |= {f"{title} {name}": each for name, each in part.state().items()}
        return kept

    def restore(
        self,
        machines: Mapping[str, Any],  # whatever JSON has
        arrays: "Mapping[str, NDArray[Any]]",  # of several types
    ) -> tuple[Alarm, ...]:
        """Take over what machines and arrays were, as far as they are of the same making.

        Returns:
            Alarms that were active and that nobody takes over.
        """
        left = dict(machines)
        for machine in self.machines:
            phases = arrays.get(f"phases {machine.rule.name}")
            if phases is not None and len(phases) == len(machine.phases):
                machine.restore(left.pop(machine.rule.name), phases.tobytes())
        for title, part in self._parts().items():
            now = part.state()
            found = {name: arrays[f"{title} {name}"] for name in now if f"{title} {name}" in arrays}
            if found.keys() == now.keys() and all(len(found[name]) == len(now[name]) for name in now):
                part.restore(found)
        return tuple(alarm_from_json(alarm) for state in left.values() for _, alarm in state["active"])

    def _parts(self) -> "dict[str, _Part]":
        """Return what keeps arrays, by a name that is the same for what is made the same way."""
        means = [watched.means for watched in self.watched if watched.means is not None]
        parts: dict[str, _Part] = {f"means {each.slots} {each.step_ns}": each for each in means}
        parts |= {f"history {each.slots} {each.step_ns}": each for each in self.histories.values()}
        parts |= {f"stillness {each.tolerance}": each for each in self.stillness.values()}
        judges = (judge for judges in self.judges.values() for judge in judges)
        return parts | {f"zones {each.machine.rule.name}": each for each in judges if isinstance(each, ZoneJudge)}


def make_plan(layout: Layout, rules: tuple[Rule, ...], spare_ns: int) -> Plan:
    """Return a plan for rules.

    Args:
        layout: Where the sensors are.
        rules: Of different names.
        spare_ns: How much later than its end a step is judged: histories keep so much more than their windows.
    """
    plan = Plan(Outbox())
    shared: dict[tuple[int, int], Watched] = {}
    sensors = tuple(Subject(sensor.name, sensor.zone, sensor.room) for sensor in layout)
    slots: dict[int, int] = {}
    for rule in rules:
        if isinstance(rule, StepRule):
            window_ns = 0 if isinstance(rule, Stuck) else rule.window_ns
            steps = max(1, window_ns // rule.step_ns) + -(-spare_ns // rule.step_ns) + 1
            slots[rule.step_ns] = max(slots.get(rule.step_ns, 0), steps)
    plan.histories = {step_ns: History(len(layout), step_ns, slots[step_ns]) for step_ns in sorted(slots)}
    for rule in rules:
        picked: Bools = np.array([rule.where.picks(sensor) for sensor in layout], np.bool_)
        subjects = zone_subjects(layout, picked) if isinstance(rule, ZoneRule) else sensors
        machine = Machine(rule, subjects, plan.outbox)
        plan.machines.append(machine)
        if isinstance(rule, Threshold):
            key = (rule.mean_ns, rule.step_ns if rule.mean_ns else 0)
            if key not in shared:
                means = Means(len(layout), rule.mean_ns, rule.step_ns) if rule.mean_ns else None
                shared[key] = Watched(means=means)
                plan.watched.append(shared[key])
            shared[key].machines.append((machine, rule.limits))
            shared[key].picked.append(frozenset(np.flatnonzero(picked).tolist()))
        elif isinstance(rule, StepRule) and subjects:
            judge = _judge(rule, machine, picked, layout, plan.stillness)
            plan.judges.setdefault(rule.step_ns, []).append(judge)
    judging = (machine for watched in plan.watched for machine, _ in watched.machines)
    for number, machine in enumerate(judging):
        machine.number = number
    return plan


def _judge(rule: StepRule, machine: Machine, picked: Bools, layout: Layout, stillness: dict[float, Stillness]) -> Judge:
    if isinstance(rule, Missing):
        return MissingJudge(rule, machine, picked)
    if isinstance(rule, Rate):
        return RateJudge(rule, machine, picked)
    if isinstance(rule, Deviation):
        return DeviationJudge(rule, machine, picked, layout)
    if isinstance(rule, ZoneRule):
        return ZoneJudge(rule, machine, picked, layout)
    if isinstance(rule, Stuck):
        tolerance = on_grid(rule.tolerance)
        if tolerance not in stillness:
            stillness[tolerance] = Stillness(len(layout), tolerance)
        return StuckJudge(rule, machine, picked, stillness[tolerance])
    raise TypeError(f"no such rule: {rule!r}")
