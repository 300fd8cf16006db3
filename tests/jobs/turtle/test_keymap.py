"""Which key does what: the course's keys, a file, single options, and complaints that tell what to write instead."""

from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.jobs.turtle._commands import Verb, command_from
from turnout.jobs.turtle._keymap import default_keymap, key_from, key_name, keymap


def test_the_keys_of_the_course_are_there() -> None:
    keys = default_keymap()

    assert [str(keys[key]) for key in ("Up", "Left", "Right")] == ["forward:50", "left:30", "right:30"]


def test_the_space_bar_counts_only_if_something_heavy_is_asked_for() -> None:
    assert "space" not in default_keymap()
    assert default_keymap(is_heavy=True)["space"].verb is Verb.COUNT


def test_options_come_after_the_file_and_both_after_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\nUp = "forward:10"\nw = "width:3"\nLeft = ""\n', encoding="utf-8")

    keys = keymap(str(file), ["w=width:4", "==colour:#f0f", "Right="])

    assert {key: str(keys[key]) for key in ("Up", "w", "=")} == {
        "Up": "forward:10",
        "w": "width:4",
        "=": "colour:#ff00ff",
    }
    assert keys.keys().isdisjoint({"Left", "Right"})


@pytest.mark.parametrize(
    ("written", "key"),
    [("up", "Up"), ("ctrl+Z", "Control-z"), ("Control-Delete", "Control-Delete"), (" ", "space"), ("Q", "Q")],
)
def test_a_key_may_be_written_in_several_ways(written: str, key: str) -> None:
    assert key_from(written) == key


@pytest.mark.parametrize("key", ["Tab", "Escape", "", "ab", "\n", "Control-", "\x1b"])
def test_keys_that_others_need_or_that_are_none_are_refused(key: str) -> None:
    with pytest.raises(UsageError, match="there is no key"):
        key_from(key)


@pytest.mark.parametrize(
    ("keysym", "character", "is_control", "key"),
    [
        ("Up", "\uf700", False, "Up"),
        ("KP_Up", "", False, "Up"),
        ("KP_Enter", "\r", False, "Return"),
        ("plus", "+", False, "+"),
        ("z", "\x1a", True, "Control-z"),
        ("Z", "\x1a", True, "Control-z"),
        ("eacute", "é", False, "é"),
        ("Shift_L", "", False, "Shift_L"),
        ("Control_L", "", True, "Control-Control_L"),
    ],
)
def test_a_window_and_a_file_name_keys_alike(keysym: str, character: str, is_control: bool, key: str) -> None:  # noqa: FBT001  parametrised
    assert key_name(keysym, character, is_control=is_control) == key


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fly", "the turtle cannot 'fly'; it can forward:50"),
        ("forward", "'forward' lacks its value; write it as in forward:50"),
        ("forward:", "'forward:' lacks its value"),
        ("forward:far", "needs a number from -100,000 to 100,000"),
        ("left:nan", "needs a number"),
        ("width:0", "needs a number from 0.5 to 100"),
        ("undo:3", "'undo:3' has a value, which undo does not take"),
        ("colour:urple", "there is no colour 'urple'; known: black, "),
        ("colour:#12", "there is no colour '#12'"),
    ],
)
def test_a_wrong_command_is_told_with_what_would_be_right(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        command_from(text)

    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "text", ["forward:50", "left:-12.5", "colour:#ff0000", "colour:next", "undo", "width:2.5", "count:1234567"]
)
def test_a_command_reads_as_it_was_written(text: str) -> None:
    assert str(command_from(text)) == text
    assert command_from("color:red") == command_from("COLOUR: red ")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "needs one table, [keys], and nothing else; it has none"),
        (b"[keys]\n[more]", "needs one table, [keys], and nothing else; it has 'more'"),
        (b"keys = 3", "needs one table"),
        (b"[keys", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b"x = " + b"[" * 5_000, "is not TOML"),
        (b'[keys]\nUp = "fly"', "key 'Up' in "),
        (b"[keys]\nUp = 3", "3 is not a text"),
        (b'[keys]\nTab = "undo"', "there is no key 'Tab'"),
        (b"# " + b"x" * 100_000, "has more than 100,000 bytes"),
    ],
)
def test_a_wrong_file_is_told_with_what_would_be_right(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        keymap(str(file), [])

    assert complaint in str(caught.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        keymap(str(tmp_path / "none.toml"), [])


@pytest.mark.parametrize("pair", ["Up", "", "="])
def test_a_pair_without_its_parts_is_told(pair: str) -> None:
    with pytest.raises(UsageError, match="is not a key and a command"):
        keymap(None, [pair])


def test_counting_needs_to_know_where() -> None:
    with pytest.raises(UsageError, match="--heavy inline or --heavy offload"):
        keymap(None, ["x=count:100"])
