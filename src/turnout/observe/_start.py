"""With what a process was started: its environment and its command line, secrets masked.

Both lie in the memory of the process as texts ended by a null byte, and it may write over them.
"""

from turnout.observe._proc import Folder, decoded
from turnout.observe._secrets import mask_variable, mask_words
from turnout.observe._types import CommandLine, Environment, Variable


def read_environment(folder: Folder) -> Environment:
    """Return the environment of a process."""
    return Environment(
        variables=tuple(_variable(decoded(entry)) for entry in folder.bytes("environ").split(b"\0") if entry)
    )


def read_command_line(folder: Folder) -> CommandLine:
    """Return the command line of a process; it has no words if the process has cleared it."""
    raw = folder.bytes("cmdline")
    text = raw.rstrip(b"\0")
    if not text:
        return command_line(())
    words = tuple(decoded(word) for word in text.split(b"\0"))
    if len(raw) - len(text) == 2:  # noqa: PLR2004  one ends the last word; more of them are what a title left behind
        words += ("",)
    return command_line(words)


def command_line(words: tuple[str, ...]) -> CommandLine:
    """Return a command line, masked."""
    shown = mask_words(words)
    return CommandLine(words=shown, masked_count=sum(word != seen for word, seen in zip(words, shown, strict=True)))


def variable(name: str, value: str) -> Variable:
    """Return a variable, masked."""
    shown = mask_variable(name, value)
    return Variable(name=name, value=shown, masked=shown != value)


def _variable(entry: str) -> Variable:
    name, _, value = entry.partition("=")
    return variable(name, value)
