"""What a browser is told, and what it may tell us."""

import json
from typing import Any

import pytest

from turnout.jobs.turtle._document import document
from turnout.jobs.turtle._keymap import keymap
from turnout.jobs.turtle._program import Program
from turnout.jobs.turtle._watcher import Watcher
from turnout.jobs.turtle._words import ENGLISH, FRENCH
from turnout.testing import FakeClock


def watched(*pairs: str) -> tuple[Program, Watcher]:
    program = Program(keymap(None, pairs), FakeClock())
    watcher = Watcher(program, ENGLISH)
    program.watch(watcher.note)
    return program, watcher


def told(watcher: Watcher) -> dict[str, Any]:  # JSON
    news: dict[str, Any] = json.loads(watcher.message())  # likewise
    return news


def test_a_new_browser_is_told_all() -> None:
    program, watcher = watched()
    program.press("Up")

    news = told(watcher)

    assert (news["kept"], news["added"]) == (0, [[0, 0, 50, 0, "#000000", 1]])
    assert news["place"] == "x 50, y 0, heading 0°, pen down, black"
    assert news["arrow"].startswith("56.0,0.0 ")
    assert news["middle"] == [0, 0]


def test_afterwards_it_is_told_what_changed() -> None:
    program, watcher = watched()
    for key in ("Up", "Left", "Up"):
        program.press(key)

    told(watcher)
    for key in ("u", "u", "u", "Left", "Up"):
        program.press(key)
    news = told(watcher)

    assert news["kept"] == 0
    assert [line[:2] for line in news["added"]] == [[0, 0]]
    assert not watcher.has_news.is_set()
    assert told(watcher)["added"] == []


def test_the_page_follows_a_turtle_that_leaves() -> None:
    program, watcher = watched("Up=back:400")
    program.press("Up")

    assert told(watcher)["middle"] == [-170, 0]


def test_a_key_is_pressed_and_answered() -> None:
    program, watcher = watched()

    watcher.receive('{"key": "Up", "number": 7, "at": 12.5}')

    assert told(watcher)["answered"] == 7
    assert len(program.drawing.segments) == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "3",
        b"\xff",
        "[" * 100_000,
        '{"key": "Up"}',
        '{"key": 3, "number": 1, "at": 1}',
        '{"key": "Up", "number": "1", "at": 1}',
        '{"key": "Up", "number": 1, "at": NaN}',
        '{"key": "Up", "number": 1, "at": 1e999}',
        '{"key": "Up", "number": 1, "at": ' + "9" * 400 + "}",
        '{"key": "Tab", "number": 1, "at": 1}',
    ],
)
def test_what_is_no_key_is_left_alone(message: str | bytes) -> None:
    program, watcher = watched()

    watcher.receive(message)

    assert (len(program.drawing.segments), program.strip.handled) == (0, 0)


def test_the_page_has_a_button_for_each_command_in_the_readers_language() -> None:
    keys = keymap(None, ["<=colour:#f00", 'x=forward:1"'.replace('"', "")])

    page = document(FRENCH, keys.items())

    assert '<html lang="fr">' in page
    assert 'data-keys="u Control-z"' in page
    assert 'data-keys="&lt;"' in page
    assert "<kbd>&lt;</kbd>" in page
    assert 'href="/?lang=en"' in page
    assert "?lang" not in document(FRENCH, keys.items(), has_choice=False)
