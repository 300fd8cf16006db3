"""The monitor, as a user meets it."""

import asyncio
import json
import signal
import socket
from argparse import Namespace
from contextlib import AsyncExitStack
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from full_disk import full_disk
from monitor_machines import HotMachine, batch
from monitor_process import CONFIG, MonitorProcess
from turnout.cli import main
from turnout.cli._monitor_lines import Lines, status_text
from turnout.cli._monitor_replay import run
from turnout.cli._monitor_run import _with_broker
from turnout.errors import ExitStatus
from turnout.jobs.monitor import read_plan
from turnout.jobs.monitor._control import locked
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._log import LOG_FOLDER
from turnout.jobs.monitor._types import ChangeKind
from turnout.mqtt import MqttClient
from turnout.testing import FakeClock

HOT = "dc/hall-1/z1/r01/inlet"


async def publish(port: int, topic: str, *payloads: bytes) -> None:
    async with MqttClient("127.0.0.1", port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=1)


def with_broker(folder: Path) -> tuple[MonitorProcess, int]:
    """Start a monitor with a broker of its own, on any free port."""
    process = MonitorProcess(folder, "--embedded-broker", "--json")
    port = int(process.wait_for(process.err, "a broker listens at").rpartition(":")[2])
    return process, port


def test_an_example_has_no_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "monitor.toml"

    printed = main(["monitor", "example"])
    config.write_text(capsys.readouterr().out, encoding="utf-8")
    checked = main(["monitor", "check", str(config)])

    assert (printed, checked) == (ExitStatus.OK, ExitStatus.OK)
    said = capsys.readouterr().out
    assert "no mistakes\n  sensors     400 in 8 zones of 2 rooms\n" in said
    assert "  rules       3 of kind threshold, 1 of kind zone, " in said


def test_all_mistakes_are_told_with_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "monitor.toml"
    text = CONFIG.format(port=1883, payload="", more="").replace("clear = 28.0", "clear = 31.0\ncolour = 3")
    config.write_text(text, encoding="utf-8")

    checked = main(["monitor", "check", str(config)])
    started = main(["monitor", "--config", str(config)])

    said = capsys.readouterr().err
    assert (checked, started) == (ExitStatus.USAGE, ExitStatus.USAGE)
    assert said.count(f"{config}:15: ") == 2
    assert said.count(f"{config}:16: ") == 2
    assert "Traceback" not in said


def test_without_a_broker_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(CONFIG.format(port=1, payload="", more=""), encoding="utf-8")

    status = main(["monitor", "--config", str(config), "--state", str(tmp_path / "state")])

    said = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert "the broker at 127.0.0.1:1 cannot be reached" in said
    assert "--embedded-broker" in said


def test_a_broker_that_is_there_already_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "monitor.toml"

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(CONFIG.format(port=port, payload="", more=""), encoding="utf-8")
        status = main(["monitor", "--config", str(config), "--embedded-broker", "--state", str(tmp_path / "state")])

    said = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert f"cannot listen at 127.0.0.1:{port} (Address already in use); name another port" in said
    assert "if that is the broker, leave --embedded-broker out" in said


def test_a_folder_in_use_is_told_before_a_broker_is_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(CONFIG.format(port=0, payload="", more=""), encoding="utf-8")
    state = tmp_path / "state"

    with locked(state):
        status = main(["monitor", "--config", str(config), "--embedded-broker", "--state", str(state)])

    said = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert said.startswith(f"turnout: a monitor that runs keeps its state in '{state}'")
    assert not (state / "broker.sqlite").exists()


def test_a_broker_runs_without_its_file_or_with_another_one(tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(CONFIG.format(port=0, payload="", more=""), encoding="utf-8")
    err = StringIO()
    lines = Lines(StringIO(), err)

    async def start(folder: Path) -> None:
        async with AsyncExitStack() as stack:
            await _with_broker(stack, read_plan(config), folder, lines)

    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "broker.sqlite").write_bytes(b"no database, and long enough to be told from one" * 9)
    asyncio.run(start(tmp_path / "damaged"))
    with full_disk():
        asyncio.run(start(tmp_path / "full"))

    damaged, _, full, _ = err.getvalue().splitlines()
    assert "a broker cannot keep its sessions in" in damaged
    assert damaged.endswith("and a new file begins: messages that waited in it are lost")
    assert full.endswith("the broker keeps them in memory: what comes while this process is away is lost")
    assert [path.name.partition("-")[0] for path in sorted((tmp_path / "damaged").glob("broker*"))] == [
        "broker.sqlite",
        "broker.sqlite.damaged",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["monitor"], "--config names what to watch"),
        (["monitor", "dance"], "invalid choice: 'dance'"),
        (["monitor", "status", "--state", "nowhere"], "there is no state of a monitor in 'nowhere'"),
        (["monitor", "silence", "--for", "1h"], "which alarms?"),
        (["monitor", "silence", "--zone", "z1", "--for", "soon"], "'soon' is not a time"),
        (["monitor", "replay", "nowhere"], "there is no recording in 'nowhere'"),
        (["monitor", "replay", ".", "--speed", "-1"], "--speed is a number above 0"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(words)

    told = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert said in told
    assert "Traceback" not in told


@pytest.mark.integration
def test_an_alarm_is_seen_to_silenced_and_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = CONFIG.format(port=0, payload="", more='[[reaction]]\nname = "cooling"\nkind = "cooling"')
    (tmp_path / "monitor.toml").write_text(config, encoding="utf-8")
    state = ["--state", str(tmp_path / "monitor.state")]
    process, port = with_broker(tmp_path)
    try:
        asyncio.run(publish(port, HOT, b"warm", b"35"))  # the alarm tells that both have come
        raised = json.loads(process.wait_for(process.out, '"raised"'))
        name = raised["alarm"]
        statuses = [
            main(["monitor", *words, *state])
            for words in (
                ["ack", name],
                ["silence", "--zone", "z1", "--for", "10m", "--comment", "known"],
                ["status"],
                ["status", "--json"],
            )
        ]
        told = capsys.readouterr().out
        silence = json.loads(told.splitlines()[-1])["silences"][0]["id"]
        statuses += [main(["monitor", *words, *state]) for words in (["ack", name, "--json"], ["unsilence", silence])]
        deeds = capsys.readouterr().out.splitlines()
        again = main(["monitor", "unsilence", silence, *state])
        mistyped = main(["monitor", "silence", "--zone", "z1", "--rule", "hott", "--for", "10m", *state])
        complaint = capsys.readouterr().err
        status = process.stop(signal.SIGINT)
    finally:
        process.end()
    capsys.readouterr()
    replayed = main(["monitor", "replay", str(tmp_path / "monitor.state"), "--json"])
    replay = capsys.readouterr()
    (tmp_path / "expected.jsonl").write_text(replay.out, encoding="utf-8")
    as_expected = main(
        ["monitor", "replay", str(tmp_path / "monitor.state"), "--expect", str(tmp_path / "expected.jsonl"), "--quiet"]
    )
    (tmp_path / "expected.jsonl").write_text(replay.out.replace("z1", "z9"), encoding="utf-8")
    other = main(["monitor", "replay", str(tmp_path / "monitor.state"), "--expect", str(tmp_path / "expected.jsonl")])

    assert (raised["rule"], raised["subject"], raised["value"]) == ("hot", "r01/inlet", 35.0)
    assert statuses == [ExitStatus.OK] * 6
    assert told.startswith("acknowledged: critical hot r01/inlet since 2")
    assert f"\nhas begun: silence {silence}: zones z1 until 2" in told
    assert (json.loads(deeds[0])["changes"], json.loads(deeds[0])["alarm"]["alarm"]) == ([], name)
    assert deeds[1].startswith(f"has ended: silence {silence}: zones z1 until 2")
    assert (again, mistyped) == (ExitStatus.USAGE, ExitStatus.USAGE)
    assert "turnout: no rule is called 'hott'; do you mean 'hot'?" in complaint
    assert "readings    1 of 2 messages; 1 malformed" in told
    assert "critical hot r01/inlet since 2" in told
    assert "sees to it" in told
    assert f"silence     {silence}: zones z1 until" in told
    assert status == ExitStatus.INTERRUPTED
    assert (replayed, as_expected, other) == (ExitStatus.OK, ExitStatus.OK, ExitStatus.FINDING)
    assert [json.loads(line)["change"] for line in replay.out.splitlines()] == ["raised", "acknowledged"]
    assert "1 reading from" in replay.err
    assert "2 changes of alarms, all as recorded" in replay.err


def test_a_replay_can_take_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / LOG_FOLDER
    (tmp_path / "monitor.toml").write_text(CONFIG.format(port=1, payload="", more=""), encoding="utf-8")
    plan = read_plan(tmp_path / "monitor.toml")
    core = Core(plan.make_watch(plan.layout), folder=log, about=plan.about, now_ns=lambda: 0)
    for second in range(5):
        core.feed(batch([0], [35.0 if second == 2 else 20.0], [second * 10**9]), second * 10**9)
    core.close()
    options = Namespace(recording=str(tmp_path), speed="2", expect=None, json=False, quiet=False)
    clock = FakeClock()

    status = run(options, clock)

    told = capsys.readouterr()
    assert (status, clock.wall_ns()) == (ExitStatus.OK, 2 * 10**9)
    assert [line.split()[2:] for line in told.out.splitlines()] == [
        ["raised", "critical", "hot", "r01/inlet", "in", "z1", "(35)"],
        ["cleared", "critical", "hot", "r01/inlet", "in", "z1", "(20)"],
    ]
    assert "5 readings from" in told.err


def test_people_are_told_what_is_announced_and_programs_all() -> None:
    raised, *_ = HotMachine().feed(batch([1], [31.5], [5]), 6)
    told = replace(raised, kind=ChangeKind.ANNOUNCED, group=(raised.alarm, raised.alarm, raised.alarm))
    outs = [StringIO() for _ in range(3)]
    voices = [
        Lines(outs[0], StringIO()),
        Lines(outs[1], StringIO(), has_each=True),
        Lines(outs[2], StringIO(), as_json=True),
    ]

    for voice in voices:
        voice.change(raised)
        voice.change(told)

    people, each, programs = (out.getvalue().splitlines() for out in outs)
    assert [line.partition(" critical ")[2] for line in people] == ["hot r1/inlet in z1 (31.5) and 2 more"]
    assert len(each) == 2
    assert [json.loads(line)["change"] for line in programs] == ["raised", "announced"]


def test_a_payload_cannot_steer_the_terminal_and_quiet_is_quiet() -> None:
    err = StringIO()
    voice = Lines(StringIO(), err, is_quiet=True)

    voice.note("all is well")
    voice.warn("no reading: dc/\x1b[2J \u202e")

    assert err.getvalue() == "turnout monitor: no reading: dc/\\x1b[2J \\u202e\n"


def test_a_long_status_is_cut() -> None:
    alarm = {
        "alarm": "id",
        "rule": "hot",
        "subject": "r1",
        "severity": "warning",
        "raised_ns": 10**18,
        "acknowledged_by": None,
    }
    zone = {"zone": "z", "level": 1.0, "reason": "stale"}
    status = {
        "pid": 1,
        "broker": "connected",
        "intake": dict.fromkeys(("messages", "kept", "malformed", "strange", "again", "retained"), 2_000),
        "alarms": [alarm] * 30,
        "silences": [],
        "cooling": [zone] * 12,
        "pending": 3,
        "failed": 4,
        "dropped": 5,
        "log": {"trouble": "No space left on device", "lost": 6},
        "history": {"trouble": "database or disk is full"},
    }

    lines = status_text(status).splitlines()

    assert lines[1].startswith("readings    2,000 of 2,000 messages; 2,000 malformed, 2,000 of no sensor")
    assert lines[23] == "            and 10 more"
    assert lines[24].endswith("lost data: z, z, z, z, z, z, z, z, z, z and 2 more")
    assert lines[25:] == [
        "reactions   3 under way, 4 given up",
        "observers   lost 5 items for being too slow",
        "log         cannot be written (No space left on device)",
        "history     cannot be written (database or disk is full)",
    ]
