"""Recordings of the program, and what comes of them again."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.jobs.turtle._keymap import keymap
from turnout.jobs.turtle._program import Program
from turnout.jobs.turtle._replaying import Player, replay_alone
from turnout.testing import FakeClock

KEYS = ("Up", "Left", "Up", "c", "Up", "u", "x", "Delete", "u", "p")


def program(*pairs: str) -> Program:
    return Program(keymap(None, pairs, is_heavy=True), FakeClock())


def recorded(folder: Path, *pairs: str) -> tuple[Path, Program]:
    """Press keys, one every half second, and return the recording and the program."""
    file = folder / "walk.jsonl"
    turtle = program("x=count:100", *pairs)
    with turtle.emitter.record(file):
        for key in KEYS:
            turtle.clock.pause_s(0.5)
            turtle.press(key, waited_ns=3)
    return file, turtle


def test_a_replay_draws_the_same_bit_for_bit(tmp_path: Path) -> None:
    file, original = recorded(tmp_path)
    again = program()

    found = replay_alone(again, str(file))

    assert found.is_same, found.differences
    assert (again.whole(), again.strip.handled) == (original.whole(), original.strip.handled)


def test_a_recording_needs_neither_its_keys_nor_its_displays(tmp_path: Path) -> None:
    file, original = recorded(tmp_path, "Up=forward:7.5")
    again = program("Up=")
    seen: list[object] = []
    again.watch(seen.append)

    found = replay_alone(again, str(file))

    assert found.is_same, found.differences
    assert again.whole() == original.whole()
    assert len(seen) == len(KEYS) - 1


def test_what_handlers_do_otherwise_is_told(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace('"x2":50.0', '"x2":51.0', 1), encoding="utf-8")

    found = replay_alone(program(), str(file))

    assert not found.is_same
    assert "line 3" in found.differences[0]


def test_a_player_presses_keys_at_their_times(tmp_path: Path) -> None:
    file, original = recorded(tmp_path)
    again = program()
    waits: list[float] = []
    due: list[Callable[[], None]] = []

    def call_later(seconds: float, call: Callable[[], None]) -> None:
        waits.append(seconds)
        due.append(call)

    Player(str(file), speed=2).start(again, call_later)
    while due:
        again.clock.pause_s(waits[-1])
        due.pop()()

    assert waits == pytest.approx([0.25] * len(KEYS))
    assert again.whole() == original.whole()
    assert again.strip.lines[0].waited_ns == 0


def test_a_player_without_pauses_does_not_wait(tmp_path: Path) -> None:
    file, original = recorded(tmp_path)
    again = program()
    waits: list[float] = []

    def call_now(seconds: float, call: Callable[[], None]) -> None:
        waits.append(seconds)
        call()

    Player(str(file), speed=math.inf).start(again, call_now)

    assert set(waits) == {0}
    assert again.whole() == original.whole()


HEAD = '{"turnout": "events", "version": 1}\n'


@pytest.mark.parametrize("content", ["{}\n", "no JSON\n", HEAD + '{"t": 1, "from": "outside", "event": {}}\n'])
def test_what_is_no_recording_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "walk.jsonl"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(UsageError, match=r"walk\.jsonl"):
        Player(str(file), speed=1)
    with pytest.raises(UsageError, match=r"walk\.jsonl"):
        replay_alone(program(), str(file))


def test_what_a_killed_program_left_is_replayed_up_to_the_last_whole_line(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:3]) + lines[3][:20], encoding="utf-8")
    again = program()

    found = replay_alone(again, str(file))

    assert (found.count, found.is_same) == (2, True)
    assert len(again.drawing.segments) == 1


def test_a_missing_recording_is_told() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Player("/nothing.jsonl", speed=1)
    with pytest.raises(UsageError, match="cannot be read"):
        replay_alone(program(), "/nothing.jsonl")


@pytest.mark.parametrize(
    ("sound", "hostile"),
    [
        ('"amount":50.0', '"amount":1e999'),
        ('"amount":50.0', '"amount":"50"'),
        ('"amount":50.0', '"amount":{"$float":"nan"}'),
        ('"colour":"next"', '"colour":"\\"/><script>"'),
        ('"name":"FORWARD"', '"name":"FLY"'),
        ('"key":"Up"', '"key":["Up"]'),
        ('"waited_ns":3', '"waited_ns":"3"'),
        ('{"$enum":"turnout.jobs.turtle._commands:Verb","name":"PEN"}', '"forward"'),
    ],
)
def test_a_hostile_recording_gives_no_other_commands(tmp_path: Path, sound: str, hostile: str) -> None:
    file, _ = recorded(tmp_path)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(sound, hostile, 1), encoding="utf-8")

    with pytest.raises(UsageError, match=r"walk\.jsonl, line \d+: "):
        Player(str(file), speed=1)
    assert sound in text


def test_a_hostile_recording_makes_no_other_objects(tmp_path: Path) -> None:
    file, _ = recorded(tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines()
    event = {"$": "subprocess:Popen", "fields": {"args": ["true"]}}
    lines[1] = json.dumps({"t": 1, "from": "outside", "event": event, "calls": []})
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    with pytest.raises(UsageError, match="subprocess:Popen"):
        Player(str(file), speed=1)
