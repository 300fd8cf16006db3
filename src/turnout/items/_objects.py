"""Objects by their name: ``module:attribute`` or ``path/to/file.py:attribute``."""

import os
import pkgutil
import re
import sys
import sysconfig
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

from turnout.errors import TargetError
from turnout.items._complaints import describe_error, suggest

_ALONE_ON_A_DRIVE = re.compile(r"[A-Za-z]:[\\/][^:]*")


def load_object(text: str) -> object:
    """Return what ``text`` names; its module is imported if need be.

    Raises:
        TargetError: If the name is not of the form above, or leads nowhere, or the module raises.
    """
    location, colon, attributes = text.rpartition(":")
    if not colon or not location or not attributes or _ALONE_ON_A_DRIVE.fullmatch(text):
        raise TargetError(f"{text!r} names no function; write 'module:function' or 'path/to/file.py:function'")
    module = _import_file(Path(location)) if _is_file(location) else _import_module(location)
    found: object = module
    for depth, name in enumerate(attributes.split(".")):
        owner = ".".join([location, *attributes.split(".")[:depth]])
        try:
            found = getattr(found, name)
        except AttributeError:
            known = [known for known in dir(found) if not known.startswith("_")]
            raise TargetError(f"{owner!r} has nothing called {name!r}; {suggest(name, known)}") from None
        except Exception as error:  # a user's object may have a __getattr__ of its own
            reason = describe_error(error)
            raise TargetError(f"{name!r} cannot be had from {owner!r}: {reason}; correct it there") from error
    return found


def file_of_object(text: str) -> str | None:
    """Return the file that ``text`` names by its path, or by its module; None if there is none."""
    location = text.rpartition(":")[0]
    return location if _is_file(location) else file_of_module(location)


def file_of_module(name: str, within: str = "__init__.py") -> str | None:
    """Return the file of a module's source, without importing anything; None if there is none.

    Args:
        name: As ``package.module``.
        within: Of a package, which of its files.
    """
    parts = name.split(".")
    for place in ("", *sys.path):
        folder = os.path.join(place, *parts[:-1])  # noqa: PTH118  a name may hold what no path can
        for file in (os.path.join(folder, parts[-1], within), os.path.join(folder, f"{parts[-1]}.py")):  # noqa: PTH118
            if os.path.isfile(file):  # noqa: PTH113  which says no, and raises nothing
                return file
    return None


def _is_file(location: str) -> bool:
    return location.endswith(".py") or "/" in location or "\\" in location


def _import_module(name: str) -> ModuleType:
    with suppress(FileNotFoundError):  # the current folder is gone, and nothing is in it
        _put_on_path(Path.cwd())
    if not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(
            f"{name!r} is not the name of a module; write 'module:function' or 'path/to/file.py:function'"
        )
    try:
        return _import(name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if name != missing and not name.startswith(f"{missing}."):
            raise TargetError(f"{name!r} cannot be imported: {describe_error(error)}; install what it needs") from None
        hint = _suggest_module(missing)
        raise TargetError(f"there is no module called {missing!r} here or installed; {hint}") from None


def _import_file(path: Path) -> ModuleType:
    file = _whole(path)
    if not file.is_file():
        files = [other.name for other in file.parent.glob("*.py")] if file.parent.is_dir() else []
        raise TargetError(
            f"there is no file {str(path)!r}; in its folder, as to Python files, {suggest(path.name, files)}"
        )
    if file.suffix != ".py" or "." in file.stem:
        raise TargetError(f"{str(path)!r} cannot be imported by its name; rename it to a plain name that ends in .py")
    names = [] if file.stem == "__init__" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    _put_on_path(folder)
    name = ".".join(names)
    try:
        module = _import(name)
    except ModuleNotFoundError as error:
        raise TargetError(f"{str(path)!r} cannot be imported: {describe_error(error)}; install what it needs") from None
    home = getattr(module, "__file__", None)
    if home is None or Path(home).resolve() != file:
        raise TargetError(f"{str(path)!r} is hidden by another module called {name!r}; rename the file")
    return module


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise
    except (Exception, SystemExit) as error:  # whatever a user's module raises becomes one sentence
        raise TargetError(f"{name!r} cannot be imported: {describe_error(error)}; correct it there") from error


def _whole(path: Path) -> Path:
    try:
        return path.resolve()
    except FileNotFoundError:  # the current folder is gone, and nothing is in it
        return path


def _put_on_path(folder: Path) -> None:
    """Let modules in ``folder`` be found before installed ones, but after the standard library.

    A file there that is called ``random.py`` would else be taken for the standard module by whoever imports that next.
    """
    if str(folder) not in sys.path:
        standard = sysconfig.get_path("stdlib")
        places = [place for place, entry in enumerate(sys.path, 1) if entry in {standard, f"{standard}/lib-dynload"}]
        sys.path.insert(max(places, default=0), str(folder))


def _suggest_module(missing: str) -> str:
    parent, _, last = missing.rpartition(".")
    if not parent:
        known = {module.name for module in pkgutil.iter_modules()} | sys.stdlib_module_names
    else:
        known = {module.name for module in pkgutil.iter_modules(getattr(sys.modules.get(parent), "__path__", ()))}
    hint = suggest(last, (name for name in known if not name.startswith("_")))
    return hint if hint.endswith("?") else "check the spelling, or go to its folder first"
