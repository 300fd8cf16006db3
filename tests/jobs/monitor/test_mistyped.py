"""A silence that nothing can be meant by is refused."""

from pathlib import Path

import pytest

from monitor_process import CONFIG
from turnout.errors import UsageError
from turnout.jobs.monitor import read_plan
from turnout.jobs.monitor._mistyped import refuse_mistyped
from turnout.jobs.monitor._plan import Plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    config = tmp_path / "monitor.toml"
    config.write_text(CONFIG.format(port=1883, payload="", more=""), encoding="utf-8")
    return read_plan(config)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"zone": "Z1"}, "no zone is called 'Z1'"),
        ({"room": "hall-1", "rule": "hut"}, "no rule is called 'hut'; do you mean 'hot'"),
        ({"subject": "r99/*"}, "no subject is called 'r99/"),
    ],
)
def test_a_name_that_nothing_has_is_told(plan: Plan, what: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_mistyped({"act": "silence", "what": what}, plan)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "action",
    [
        {"act": "silence", "what": {"zone": "z*", "rule": "h?t", "room": "hall-1", "subject": "r01/*"}},
        {"act": "silence", "what": {"subject": "z1"}},
        {"act": "silence", "what": {"rack": "r1", "zone": 3}},
        {"act": "silence", "what": "all"},
        {"act": "acknowledge", "alarm": "x"},
    ],
)
def test_all_else_is_left_to_who_takes_it(plan: Plan, action: dict[str, object]) -> None:
    refuse_mistyped(action, plan)
