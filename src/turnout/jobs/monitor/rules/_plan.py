"""From rules to what judges: machines, means, histories, and who looks at what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from turnout.jobs.monitor._numpy import Bools, np
from turnout.jobs.monitor._types import Alarm, Layout
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
from turnout.jobs.monitor.rules._values import Deviation, Missing, Rate, Rule, StepRule, Stuck, Threshold, ZoneRule

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Plan:
    """Everything that keeps the state of a set of rules.

    Attributes:
        outbox: Takes the changes.
        machines: One for each rule, in order.
        watched: What is judged at each reading.
        histories: By length of their steps.
        judges: What is judged at the end of steps, by their length, in order of the rules.
    """

    outbox: Outbox
    machines: list[Machine] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    histories: dict[int, History] = field(default_factory=dict)
    judges: dict[int, list[Judge]] = field(default_factory=dict)

    def arrays(self) -> "dict[str, NDArray[Any]]":  # of several types
        """Return all of the state that is in arrays, by names that tell what it is and how it was made."""
        kept: dict[str, NDArray[Any]] = {}  # likewise
        for machine in self.machines:
            kept[f"phases {machine.rule.name}"] = machine.seen
        for means in self._means():
            kept |= {f"means {means.slots} {means.step_ns} {name}": each for name, each in means.state().items()}
        for history in self.histories.values():
            kept[f"history {history.slots} {history.step_ns}"] = history.cells
        for judge in self._zone_judges():
            kept |= {f"zones {judge.machine.rule.name} {name}": each for name, each in judge.state().items()}
        return kept

    def restore(
        self,
        machines: Mapping[str, Any],
        arrays: "Mapping[str, NDArray[Any]]",  # whatever JSON has; several types
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
        for means in self._means():
            prefix = f"means {means.slots} {means.step_ns} "
            if f"{prefix}cells" in arrays:
                means.restore({name: arrays[prefix + name] for name in ("cells", "sums", "counts")})
        for history in self.histories.values():
            found = arrays.get(f"history {history.slots} {history.step_ns}")
            if found is not None:
                history.cells[:] = found
        for judge in self._zone_judges():
            prefix = f"zones {judge.machine.rule.name} "
            seen = {name: arrays.get(prefix + name, each) for name, each in judge.state().items()}
            if all(len(seen[name]) == len(each) for name, each in judge.state().items()):
                judge.restore(seen)
        return tuple(alarm_from_json(alarm) for state in left.values() for _, alarm in state["active"])

    def _means(self) -> list[Means]:
        return [watched.means for watched in self.watched if watched.means is not None]

    def _zone_judges(self) -> list[ZoneJudge]:
        return [judge for judges in self.judges.values() for judge in judges if isinstance(judge, ZoneJudge)]


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
            steps = max(1, rule.window_ns // rule.step_ns) + -(-spare_ns // rule.step_ns) + 1
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
            plan.judges.setdefault(rule.step_ns, []).append(_judge(rule, machine, picked, layout))
    judging = (machine for watched in plan.watched for machine, _ in watched.machines)
    for number, machine in enumerate(judging):
        machine.number = number
    return plan


def _judge(rule: StepRule, machine: Machine, picked: Bools, layout: Layout) -> Judge:
    if isinstance(rule, Missing):
        return MissingJudge(rule, machine, picked)
    if isinstance(rule, Rate):
        return RateJudge(rule, machine, picked)
    if isinstance(rule, Deviation):
        return DeviationJudge(rule, machine, picked, layout)
    if isinstance(rule, Stuck):
        return StuckJudge(rule, machine, picked)
    if isinstance(rule, ZoneRule):
        return ZoneJudge(rule, machine, picked, layout)
    raise TypeError(f"no such rule: {rule!r}")
