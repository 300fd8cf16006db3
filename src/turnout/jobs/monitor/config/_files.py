"""Files and secrets that a configuration names and does not have in itself."""

from collections.abc import Mapping
from pathlib import Path

from turnout.jobs.monitor.config._tables import Table

_LONGEST = 65_535  # characters; MQTT has no room for a longer password


def file_of(table: Table, name: str, folder: Path) -> Path | None:
    """Return a file that a value names, which has to be there; None if there is no such value."""
    return table.made_of_text(name, lambda text: existing_file(_path(text, folder)))


def password_of(table: Table, folder: Path, environment: Mapping[str, str]) -> str | None:
    """Return the password of ``password_file``, or of the environment under ``password_env``; None if there is none."""

    def in_environment(name: str) -> str:
        if name not in environment:
            raise ValueError(f"the environment has no {name}")
        return _first_line(environment[name], name)

    of_file = table.made_of_text("password_file", lambda text: password_in(_path(text, folder)))
    of_environment = table.made_of_text("password_env", in_environment)
    if table.has("password_file") and table.has("password_env"):
        table.wrong("password_env", "there is a password_file, too; give one of them")
    return of_environment if of_file is None else of_file


def existing_file(path: Path) -> Path:
    """Return a file that is there.

    Raises:
        ValueError: If it is not.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}")
    return path


def password_in(path: Path) -> str:
    """Return the password that the first line of a file, or of what comes out of a pipe, is.

    Raises:
        ValueError: If it cannot be read, or is empty.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            return _first_line(file.readline(_LONGEST + 1), repr(str(path)))
    except OSError as error:
        raise ValueError(f"{str(path)!r} cannot be read ({error.strerror or error})") from None
    except UnicodeError:
        raise ValueError(f"{str(path)!r} cannot be read (it is not UTF-8)") from None


def _first_line(text: str, where: str) -> str:
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise ValueError(f"the first line of {where} is the password, and it is empty")
    if len(line) > _LONGEST:
        raise ValueError(f"the first line of {where} is the password, and it has more than {_LONGEST:,} characters")
    return line


def _path(text: str, folder: Path) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as error:  # ~somebody
        raise ValueError(f"there is no file {text!r} ({error})") from None
