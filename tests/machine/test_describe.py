"""The whole machine."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from turnout.machine import Cores, CostKind, Gil, describe
from turnout.machine._bounded import Answer
from turnout.machine._describe import cost_key, read_costs
from turnout.machine._system import processor_name, read_cores, read_gil, read_load, read_memory
from turnout.testing import FakeClock

CORES = Cores(model="Abacus", logical=4, physical=2, allowed=4, quota=None, usable=4.0)
GIL = Gil(enabled=True, optional=False, switch_interval_s=0.005)


def all_measured(kinds: Sequence[str], _: float) -> Answer:
    lines = [json.dumps({"kind": kind, "event": "samples", "samples": [7]}) for kind in kinds]
    return Answer(output="\n".join(lines), error_text="", exit_code=0)


def nothing_measured(_: Sequence[str], __: float) -> Answer:
    return Answer(output="", error_text="", exit_code=1)


def test_costs_are_measured_once_and_then_kept(tmp_path: Path) -> None:
    first = read_costs(CORES, GIL, FakeClock(), tmp_path, run=all_measured)

    second = read_costs(CORES, GIL, FakeClock(), tmp_path, run=nothing_measured)

    assert (first.cached, second.cached) == (False, True)
    assert second.measured == first.measured


def test_costs_are_in_the_order_of_a_report(tmp_path: Path) -> None:
    costs = read_costs(CORES, GIL, FakeClock(), tmp_path, run=all_measured)

    assert [cost.kind for cost in costs.measured] == list(CostKind)


def test_fresh_measures_again(tmp_path: Path) -> None:
    read_costs(CORES, GIL, FakeClock(), tmp_path, run=all_measured)

    again = read_costs(CORES, GIL, FakeClock(), tmp_path, fresh=True, run=all_measured)

    assert not again.cached


def test_accidents_are_not_kept(tmp_path: Path) -> None:
    costs = read_costs(CORES, GIL, FakeClock(), tmp_path, run=nothing_measured)

    assert costs.measured == ()
    assert len(costs.unmeasured) == len(CostKind)
    assert costs.not_kept == "some could not be measured this time"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    costs = read_costs(CORES, GIL, FakeClock(), tmp_path / "file", run=all_measured)

    assert costs.measured
    assert "File exists" in costs.not_kept


def test_a_cost_is_found_by_its_kind(tmp_path: Path) -> None:
    costs = read_costs(CORES, GIL, FakeClock(), tmp_path, run=all_measured)

    found = costs.find(CostKind.SPAWN_START)

    assert found is not None
    assert found.median == 7.0


def test_a_cost_that_was_not_measured_is_not_found(tmp_path: Path) -> None:
    costs = read_costs(CORES, GIL, FakeClock(), tmp_path, run=nothing_measured)

    found = costs.find(CostKind.SPAWN_START)

    assert found is None


def test_the_key_tells_interpreters_and_quotas_apart() -> None:
    tight = Cores(model="Abacus", logical=4, physical=2, allowed=4, quota=1.5, usable=1.5)

    key, tight_key = cost_key(CORES, GIL), cost_key(tight, GIL)

    assert key["executable"] == sys.executable
    assert key != tight_key


def test_a_machine_can_be_described_without_starting_anything(tmp_path: Path) -> None:
    machine = describe(costs=False, interpreters=False, clock=FakeClock(), root=tmp_path)

    assert machine.costs is None
    assert machine.interpreters == ()
    assert machine.cores.usable == machine.cores.allowed


def test_this_machine_is_described_with_this_python(tmp_path: Path) -> None:
    kept_for = cost_key(read_cores(), read_gil())
    read_costs(read_cores(), read_gil(), FakeClock(), tmp_path, run=all_measured)

    machine = describe(cache=tmp_path)

    assert machine.interpreters[0].current
    assert machine.costs is not None
    assert machine.costs.cached
    assert kept_for["processor"] == machine.cores.model


def test_a_limit_of_memory_is_told_only_if_it_limits(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n")
    (tmp_path / "proc/self/mountinfo").write_text("1 0 0:1 / /cg rw - cgroup2 cgroup2 rw\n")
    (tmp_path / "cg").mkdir()
    file = tmp_path / "cg/memory.max"

    file.write_text("1048576")
    tight = read_memory(tmp_path)
    file.write_text(str(tight.total_bytes))
    loose = read_memory(tmp_path)

    assert tight.limit_bytes == 1 << 20
    assert loose.limit_bytes is None


def test_a_processor_is_named_by_its_first_name() -> None:
    x86 = processor_name("processor\t: 0\nmodel name\t: Some  CPU @ 3 GHz\n\nprocessor\t: 1\nmodel name\t: Other\n")
    arm = processor_name("processor\t: 0\nBogoMIPS\t: 50.00\n")

    assert x86 == "Some CPU @ 3 GHz"
    assert arm == ""


def test_a_processor_without_a_name_has_its_architecture(tmp_path: Path) -> None:
    cores = read_cores(tmp_path)

    assert cores.model


def test_the_load_is_known_or_not_negative() -> None:
    load = read_load()

    assert load is None or load >= 0
