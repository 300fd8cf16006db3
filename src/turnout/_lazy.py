"""Names that are imported when they are first used, so that a start, and a worker, pay for nothing else."""

import sys

TYPE_CHECKING = False  # as in the package itself
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy(package: str, homes: "Mapping[str, str]") -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """Return the ``__getattr__`` and ``__dir__`` of a package whose public names live in its modules.

    Args:
        package: The package's ``__name__``.
        homes: Each public name, with the module (relative to the package) that defines it.

    Source: PEP 562.
    """

    def get(name: str) -> "Any":  # any public object
        from importlib import import_module  # noqa: PLC0415  as little as can be before the command line's first line

        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home, package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted(homes)

    return get, names
