"""Where the page is, and who can use it, is told when a monitor starts."""

import asyncio
from pathlib import Path

import pytest

from monitor_voice import KeptVoice
from mqtt_talk import until
from servers import free_port
from turnout.jobs.monitor._plan import Plan
from turnout.jobs.monitor._setup import read_plan
from turnout.jobs.monitor._showing import show_in_turn, showing
from turnout.jobs.monitor.page import Board
from web_sites import request

pytest.importorskip("starlette", reason="Starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytestmark = pytest.mark.integration
HERE = "port = 0\n"
EVERYWHERE = "port = 0\nhost = '0.0.0.0'\n"
PASSWORD = "user = 'ada'\npassword_file = 'secret'\n"  # noqa: S105  the name of a file


def plan(folder: Path, page: str) -> Plan:
    (folder / "secret").write_text("s3cret\n", "utf-8")
    (folder / "monitor.toml").write_text(f"[page]\n{page}[layout]\nracks = 2\n", "utf-8")
    return read_plan(folder / "monitor.toml")


def asked(given: Plan, path: str) -> tuple[str, KeptVoice]:
    voice = KeptVoice()

    async def ask() -> str:
        async with showing(given, Board(given.layout), lambda _: None, None, voice):
            port = int(voice.url.rstrip("/").rpartition(":")[2])
            return await request(port, f"GET {path}")

    return asyncio.run(ask()), voice


def test_a_page_for_the_network_without_a_password_is_told_at_the_start(tmp_path: Path) -> None:
    answer, voice = asked(plan(tmp_path, EVERYWHERE), "/")

    assert answer.startswith("HTTP/1.1 200")
    assert "the page listens on 0.0.0.0 and asks for no password" in voice.said[-1]


@pytest.mark.parametrize(("page", "status"), [(HERE, 200), (HERE + PASSWORD, 401), (EVERYWHERE + PASSWORD, 401)])
def test_else_there_is_nothing_to_tell(tmp_path: Path, page: str, status: int) -> None:
    answer, voice = asked(plan(tmp_path, page), "/metrics")

    assert answer.startswith(f"HTTP/1.1 {status}")
    assert len(voice.said) == 1


def test_the_password_is_not_in_what_is_printed_of_a_plan(tmp_path: Path) -> None:
    assert "s3cret" not in repr(plan(tmp_path, PASSWORD))


def test_of_two_that_show_the_same_on_one_port_the_second_waits_for_the_end_of_the_first(tmp_path: Path) -> None:
    one, two = KeptVoice(), KeptVoice()
    given = plan(tmp_path, f"port = {free_port()}\n")

    def show(voice: KeptVoice) -> "asyncio.Task[None]":
        return asyncio.create_task(show_in_turn(given, Board(given.layout), lambda _: None, None, voice, again_s=0.01))

    async def take_turns() -> None:
        first = show(one)
        await until(lambda: len(one.said) > 0)
        second = show(two)
        await until(lambda: len(two.said) > 0)
        first.cancel()
        await until(lambda: len(two.said) > 1)
        second.cancel()
        await asyncio.wait({first, second})

    asyncio.run(take_turns())

    assert "no page is served here: port" in two.said[0]
    assert two.said[1] == one.said[0]
