"""On which line each key of a TOML document stands, which the standard library's reader does not tell.

The document is read by `tomllib` first; here it is known to be well-formed. No reader with types was found that is
maintained and keeps places: tomlkit keeps the text of everything, but not where it stood.
"""

import re
from collections import Counter

Path = tuple[str | int, ...]
"""Keys from the top of the document; a number for which of several tables of one name."""

_PART = r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
_KEY = re.compile(rf"\s*(?:{_PART})(?:[ \t]*\.[ \t]*(?:{_PART}))*[ \t]*")
_PARTS = re.compile(_PART)
_BLANK = re.compile(r"(?:[\s\ufeff]|#[^\n]*)*")
_LINE_END = frozenset({"\n"})
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'  # a text over several lines may end with one or two quotes of its own
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|\#[^\n]*|[^\"'#\[\]{}\n]+|.|\n",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of each table and each key, from 1; those within a value are on the line of the value.

    Args:
        text: A document that `tomllib` reads.
    """
    lines: dict[Path, int] = {(): 1}
    counts: Counter[Path] = Counter()
    table: Path = ()
    place, line, counted = 0, 1, 0
    while (place := _end(_BLANK, text, place)) < len(text):
        line += text.count("\n", counted, place)
        counted = place
        brackets = 2 if text.startswith("[[", place) else 1 if text[place] == "[" else 0
        end = _end(_KEY, text, place + brackets)
        keys = tuple(map(_unquoted, _PARTS.findall(text, place + brackets, end)))
        if brackets:
            table = _resolved(keys[:-1], counts) + keys[-1:]
            if brackets == 2:  # noqa: PLR2004  one of several tables
                counts[table] += 1
                table = (*table, counts[table] - 1)
            for depth in range(1, len(table) + 1):
                lines.setdefault(table[:depth], line)
            place = end + brackets
        else:
            for depth in range(1, len(keys) + 1):
                lines.setdefault(table + keys[:depth], line)
            place = _after_value(text, end + 1)
    return lines


def line_at(lines: dict[Path, int], path: Path) -> int:
    """Return the line of what a path leads to, or of what it is in."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _resolved(keys: tuple[str, ...], counts: Counter[Path]) -> Path:
    """Return a path with the number of the last table where there are several of a name."""
    path: Path = ()
    for key in keys:
        path = (*path, key)
        if counts[path]:
            path = (*path, counts[path] - 1)
    return path


def _after_value(text: str, place: int) -> int:
    """Return where the value's line ends; brackets and texts may go over several lines."""
    depth = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return len(text)
        token, place = match[0], match.end()
        if token in {"[", "{"}:
            depth += 1
        elif token in {"]", "}"}:
            depth -= 1
        elif depth == 0 and token in _LINE_END:
            return place
    return place


def _unquoted(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    match = pattern.match(text, place)
    return match.end() if match else place
