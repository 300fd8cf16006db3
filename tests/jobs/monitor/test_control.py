"""Commands speak with a monitor that runs."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.jobs.monitor._control import SOCKET, answering, ask, locked


async def answer(question: Mapping[str, object]) -> Mapping[str, object]:
    if question.get("do") != "status":
        raise UsageError(f"nothing is called {question.get('do')!r}")
    return {"alarms": 3}


async def asked(folder: Path, question: Mapping[str, object]) -> Mapping[str, object]:
    async with answering(folder, answer):
        return await asyncio.to_thread(ask, folder, question)


def test_a_question_is_answered(tmp_path: Path) -> None:
    assert asyncio.run(asked(tmp_path, {"do": "status"})) == {"alarms": 3}


def test_a_complaint_comes_back_as_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is called 'dance'"):
        asyncio.run(asked(tmp_path, {"do": "dance"}))


def test_a_folder_with_a_long_name_will_do(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    with locked(folder):
        found = asyncio.run(asked(folder, {"do": "status"}))

    assert found == {"alarms": 3}
    assert not (folder / SOCKET).exists()


def test_nobody_answers_where_no_monitor_runs(tmp_path: Path) -> None:
    (tmp_path / SOCKET).touch()  # of one that was killed

    with pytest.raises(UsageError, match="no monitor that runs"):
        ask(tmp_path, {"do": "status"})

    with pytest.raises(UsageError, match="there is no state of a monitor"):
        ask(tmp_path / "elsewhere", {"do": "status"})


def test_what_is_no_question_harms_nobody(tmp_path: Path) -> None:
    def speak(content: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / SOCKET))
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(1000)

    async def main() -> list[bytes]:
        async with answering(tmp_path, answer):
            contents = (b"hello\n", b"[1]\n", b"", b'{"do":"status"}\n')
            return [await asyncio.to_thread(speak, content) for content in contents]

    answers = asyncio.run(main())

    assert [b"error" in one for one in answers] == [True, True, True, False]


def test_two_monitors_cannot_use_one_folder(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(UsageError, match="a monitor that runs keeps its state"), locked(tmp_path):
        pass

    with locked(tmp_path):
        pass
