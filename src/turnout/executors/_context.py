"""Context variables on their way to workers that share no memory with the caller.

The standard library only, since workers import this too.
"""

import pickle
import sys
from collections.abc import Callable
from contextvars import Context, ContextVar
from importlib import import_module
from typing import Any

Named = list[tuple[str, str, bytes]]  # module, attribute, pickled value


def packed_context(context: Context, dumps: Callable[[Any, Callable[[], str]], bytes]) -> bytes:
    """Return what a worker that was not forked can have of ``context``; empty if that is nothing.

    Args:
        context: The variables and their values.
        dumps: Pickles a value, or raises; takes what the value is called, too.
    """
    named: Named = []
    for module, name, variable in _names(context):
        try:
            named.append((module, name, dumps(context[variable], lambda: "a context variable's value")))
        except Exception:  # noqa: BLE001, S112  it runs the value's own code; the variable is left at its default
            continue
    return pickle.dumps(named) if named else b""


def adopt_context(payload: bytes | bytearray) -> None:
    """Set the variables that `packed_context` has packed; those that don't load here are left at their defaults."""
    for module, name, data in pickle.loads(payload):
        try:
            getattr(import_module(module), name).set(pickle.loads(data))
        except Exception:  # noqa: BLE001, S112  importing and loading run the caller's code
            continue


def _names(context: Context) -> list[tuple[str, str, ContextVar[Any]]]:
    """Return where each variable can be found: as which attribute of which module."""
    wanted = dict.fromkeys(context)
    found = []
    for name, module in list(sys.modules.items()) if wanted else ():
        if name == "__main__":  # a worker has another one
            continue
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if type(value) is ContextVar and value in wanted:
                del wanted[value]
                found.append((name, attribute, value))
    return found
