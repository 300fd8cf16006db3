"""Which key makes the turtle do what: the course's keys and some more, changed by a TOML file and single options.

A key is named as Tk names it (``Up``, ``space``, ``Delete``) or is the character that it types (``u``, ``+``), with
``Control-`` before it if that key is held, too. A browser's keys are given the same names.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.turtle._commands import Command, Verb, command_from

Keymap = Mapping[str, Command]

NAMED_KEYS = (
    "Up", "Down", "Left", "Right", "space", "Return", "BackSpace", "Delete", "Insert", "Home", "End", "Prior", "Next",
    *(f"F{number}" for number in range(1, 13)),
)  # fmt: skip
"""All that are no characters. Tab is left out, since it takes those without a mouse through the page, and Escape."""

_COURSE = {"Up": "forward:50", "Left": "left:30", "Right": "right:30"}
_MORE = {
    "u": "undo",
    "Control-z": "undo",
    "p": "pen",
    "c": "colour:next",
    "h": "home",
    "Delete": "clear",
}
_HEAVY = {"space": "count:300000"}
_CONTROL = "Control-"
_MOST_BYTES = 100_000
_NAMES = {name.lower(): name for name in NAMED_KEYS} | {"enter": "Return", "pageup": "Prior", "pagedown": "Next"}
_NAME = re.compile(r"(?i)(?:control|ctrl)[-+](?=.)")


def default_keymap(*, is_heavy: bool = False) -> dict[str, Command]:
    """Return the keys that the program has if nothing else is asked.

    Args:
        is_heavy: Whether the space bar counts prime numbers.
    """
    written = _COURSE | _MORE | (_HEAVY if is_heavy else {})
    return {key: command_from(text) for key, text in written.items()}


def keymap(keys_file: str | None, pairs: Iterable[str], *, is_heavy: bool = False) -> dict[str, Command]:
    """Return the default keys as a file and single pairs change them.

    Args:
        keys_file: A TOML file whose table ``[keys]`` has ``Up = "forward:50"`` and the like; ``""`` frees a key.
        pairs: ``Up=forward:50`` each; ``Up=`` frees a key. They come after the file.
        is_heavy: See `default_keymap`.

    Raises:
        UsageError: If a key or a command is not one, or the file cannot be read.
    """
    keys = default_keymap(is_heavy=is_heavy)
    if keys_file is not None:
        for key, text in _read(keys_file).items():
            try:
                _assign(keys, key, text)
            except UsageError as error:
                raise UsageError(f"key {key!r} in {keys_file}: {error}") from None
    for pair in pairs:
        _assign(keys, *_parted(pair))
    if not is_heavy and any(command.verb is Verb.COUNT for command in keys.values()):
        raise UsageError("a key is to count; say how with --heavy inline or --heavy offload")
    return keys


def key_from(text: str) -> str:
    """Return the one name of a key that may be written in several ways: ``ctrl+z`` is ``Control-z``.

    Raises:
        UsageError: If there is no such key, or none that a program may take.
    """
    control = _NAME.match(text)
    name = text[control.end() :] if control else text
    if len(name) == 1 and name.isprintable() and not name.isspace():
        found = name.lower() if control else name
    else:
        found = _NAMES.get("space" if name == " " else name.lower(), "")
    if not found:
        raise UsageError(f"there is no key {text!r} to take; write a character, or one of {', '.join(NAMED_KEYS)}")
    return f"{_CONTROL}{found}" if control else found


def key_name(keysym: str, character: str, *, is_control: bool) -> str:
    """Return the name of a key that a window's system reports.

    Args:
        keysym: As X11 and Tk call it: ``Up``, ``KP_Up``, ``plus``.
        character: What it types; empty if nothing.
        is_control: Whether Control is held.
    """
    bare = keysym.removeprefix("KP_")
    if bare in NAMED_KEYS or bare == "Enter":
        name = "Return" if bare == "Enter" else bare
    elif is_control:  # what is typed then is a control character
        name = keysym.lower() if len(keysym) == 1 else keysym
    else:
        name = character if character.isprintable() and character else keysym
    return f"{_CONTROL}{name}" if is_control else name


def _assign(keys: dict[str, Command], key: str, text: object) -> None:
    name = key_from(key)
    if not isinstance(text, str):
        raise UsageError(f'{text!r} is not a text; write it in quotation marks, as in Up = "forward:50"')
    if text.strip():
        keys[name] = command_from(text)
    else:
        keys.pop(name, None)


def _parted(pair: str) -> tuple[str, str]:
    key, equals, text = pair[:1] + pair[1:].partition("=")[0], *pair[1:].partition("=")[1:]  # the key may be "="
    if not key or not equals:
        raise UsageError(f"{pair!r} is not a key and a command; write it as in Up=forward:50")
    return key, text


def _read(name: str) -> dict[str, object]:
    try:
        with Path(name).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        table = tomllib.loads(content[:_MOST_BYTES].decode())
    except OSError as error:
        raise UsageError(f"the keys in {name} cannot be read ({error.strerror}); name another file") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f'{name} is not TOML ({error}); write a table [keys] with lines as Up = "forward:50"'
        ) from None
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{name} has more than {_MOST_BYTES:,} bytes; a table of keys is shorter")
    keys = table.pop("keys", None)
    if table or not isinstance(keys, dict):
        found = f"it has {', '.join(map(repr, table))}" if table else "it has none"
        raise UsageError(f"{name} needs one table, [keys], and nothing else; {found}")
    return keys
