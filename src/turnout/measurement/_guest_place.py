"""Where another Python finds a function that this one holds."""

import inspect
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from turnout.errors import TargetError
from turnout.measurement._guest_types import Place

MAIN = "turnout_main"  # what a script is called there, so that it does not take itself for the one that was started
_REMEDY = "put a plain `def` of it at the top of a file"


def place_of(function: Callable[[Any], Any]) -> Place:  # the user's function, of the user's types
    """Return where ``function`` lies.

    Raises:
        TargetError: If it has no name in a file.
    """
    module_name = getattr(function, "__module__", None)
    module = sys.modules.get(module_name or "")
    name = None if module is None else _name_in(module, function)
    if module is None or name is None:
        raise TargetError(
            f"{function!r} cannot run under other Pythons: they find a function by its name in a file; {_REMEDY}"
        )
    source = _source(module)
    if source is None:
        if module.__name__ == "__main__":
            raise TargetError(f"{name!r} cannot run under other Pythons: it was typed at a prompt; {_REMEDY}")
        return Place(file=None, module=module.__name__, folder=None, attributes=name)
    parts = module.__name__.split(".")
    if source.name == "__init__.py":  # a package is more than this file
        return Place(file=None, module=module.__name__, folder=str(source.parents[len(parts)]), attributes=name)
    depth = 0 if module.__name__ == "__main__" else len(parts) - 1
    return Place(
        file=str(source),
        module=MAIN if module.__name__ == "__main__" else module.__name__,
        folder=str(source.parents[depth]),
        attributes=name,
    )


def _name_in(module: ModuleType, function: Callable[[Any], Any]) -> str | None:
    qualified = getattr(function, "__qualname__", "")
    found: object = module
    for name in qualified.split("."):
        found = getattr(found, name, None)
    if found is not None and found == function:
        return str(qualified)
    return next((name for name, value in vars(module).items() if value is function or value == function), None)


def _source(module: ModuleType) -> Path | None:
    """Return the module's source file; None for one that each Python has, or may have, in its own way."""
    try:
        file = inspect.getsourcefile(module)
    except TypeError:  # built in
        return None
    if file is None or not Path(file).is_file():
        return None
    path = Path(file).resolve()
    standard = Path(sysconfig.get_path("stdlib")).resolve()
    installed = {"site-packages", "dist-packages"}
    if path.is_relative_to(standard) and not installed & set(path.relative_to(standard).parts):
        return None
    return path
