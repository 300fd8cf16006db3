"""The command turnout monitor simulate."""

import argparse
import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from turnout.cli import _monitor_simulate as command
from turnout.cli._commands import Parser
from turnout.errors import BrokerError, ExitStatus, UsageError
from turnout.jobs.monitor.config import example
from turnout.mqtt import Broker

QUICK = ["--racks", "20", "--interval", "10", "--speed", "1000000", "--duration", "100"]


def options(*words: str) -> argparse.Namespace:
    parser = Parser(prog="turnout monitor simulate")
    command.add_arguments(parser)
    return parser.parse(list(words))


@pytest.fixture
def broker() -> Iterator[str]:
    port: Future[int] = Future()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        end = asyncio.Event()
        ends.append((asyncio.get_running_loop(), end))
        async with Broker(users={"me": "secret"}) as running:
            port.set_result(running.port)
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield f"mqtt://127.0.0.1:{port.result(20)}"
    loop, end = ends[0]
    loop.call_soon_threadsafe(end.set)
    thread.join()


@pytest.mark.integration
def test_a_plant_is_simulated_to_its_end(broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "faults.toml").write_text("[[fault]]\nkind = 'fan'\nplace = 'z1'\n")
    words = ["--broker", broker, "--user", "me", "--password-file", str(tmp_path / "password")]

    status = command.run(
        options(*QUICK, *words, "--fault", "lost:r01/inlet", "--faults", str(tmp_path / "faults.toml"))
    )

    said = capsys.readouterr().err
    assert status == ExitStatus.OK
    assert all(line.startswith("turnout monitor: ") for line in said.splitlines())
    assert "20 sensors, 2 zones" in said
    assert "0 of 2 units commanded, 2 faults" in said
    assert "100 s of the plant; 190 readings were published\n" in said


@pytest.mark.integration
def test_the_plant_is_that_of_the_monitors_configuration(
    broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "monitor.toml"
    text = example().replace("mqtt://127.0.0.1:1883", broker).replace('# user = "monitor"', 'user = "me"', 1)
    config.write_text(text.replace('# password_file = "password" ', 'password_file = "password" ', 1))
    (tmp_path / "password").write_text("secret\n")

    status = command.run(options("--config", str(config), "--interval", "10", "--speed", "1e6", "--duration", "20"))

    assert status == ExitStatus.OK
    assert "400 sensors, 8 zones" in capsys.readouterr().err


def test_a_configuration_brings_its_racks(tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(example())

    with pytest.raises(UsageError, match="--racks and --config exclude each other"):
        command.run(options("--config", str(config), "--racks", "5"))


@pytest.mark.integration
def test_who_may_not_publish_is_told(broker: str) -> None:
    with pytest.raises(BrokerError):
        command.run(options(*QUICK, "--broker", broker))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--racks", "3", "--zones", "5"], "3 racks in 5 zones"),
        (["--broker", "127.0.0.1"], "is not the address of a broker"),
        (["--broker", "mqtt://me:secret@host"], "--user and --password-file"),
        (["--broker", "mqtt://host:port"], "is not the address of a broker"),
        (["--ca", "ca.pem"], "write the broker's address with mqtts://"),
        (["--password-file", "/none"], "cannot be read"),
        (["--faults", "/none"], "cannot be read"),
        (["--fault", "fan:z9"], "there is no zone 'z9'"),
        (["--config", "/none"], "cannot be read"),
    ],
)
def test_what_cannot_be_simulated_is_told(words: list[str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        command.run(options(*words))


def test_what_is_no_fault_is_told_with_its_option() -> None:
    with pytest.raises(UsageError, match="argument --fault: there is no fault 'fam'; did you mean 'fan'"):
        options("--fault", "fam:z1")


def test_the_help_tells_how_a_fault_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("--help")

    assert "fan:zone-3@60+900=0.4" in capsys.readouterr().out
