"""Files and secrets that a configuration names and does not have in itself."""

from collections.abc import Mapping
from pathlib import Path

from turnout.jobs.monitor.config._tables import Table


def file_of(table: Table, name: str, folder: Path) -> Path | None:
    """Return a file that a value names, which has to be there; None if there is no such value."""
    given = table.maybe_text(name)
    if given is None:
        return None
    path = folder / Path(given).expanduser()
    if not path.is_file():
        table.wrong(name, f"there is no file {str(path)!r}")
    return path


def password_of(table: Table, folder: Path, environment: Mapping[str, str]) -> str | None:
    """Return what ``password_file`` has, or the environment under ``password_env``; None if neither is given."""
    path = file_of(table, "password_file", folder)
    variable = table.maybe_text("password_env")
    if path is not None and variable is not None:
        table.wrong("password_env", "there is a password_file, too; give one of them")
    if path is not None and path.is_file():
        try:
            return path.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeError) as error:
            table.wrong("password_file", f"it cannot be read: {error}")
    if variable is not None:
        if variable not in environment:
            table.wrong("password_env", f"the environment has no {variable}")
        return environment.get(variable)
    return None
