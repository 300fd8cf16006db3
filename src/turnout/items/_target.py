"""The function that the user named, found and checked."""

import inspect
from collections.abc import Callable
from typing import Any

from turnout.errors import TargetError
from turnout.items._objects import load_object


def resolve_target(text: str) -> Callable[[Any], Any]:
    """Return the function that ``text`` names.

    Args:
        text: ``module:function``, ``module:Class.method`` or ``path/to/file.py:function``. A file is imported under
            its own name, with its folder (that of its outermost package) put on `sys.path`, before installed packages,
            so that a worker with the same path finds it too; so is the current folder for a module.

    Raises:
        TargetError: If there is no such thing, its module cannot be imported, or it does not take one item.
    """
    target = load_object(text)
    if is_pipeline(target):
        raise TargetError(
            f"{text!r} is a pipeline, which turnout.run and `turnout run` take; name one of its functions"
        )
    if not callable(target):
        raise TargetError(f"{text!r} is of type {type(target).__name__} and cannot be called; name a function")
    check_takes_one_item(target, text)
    return target


def resolve_work(text: str) -> Any:  # a function of the user's types, or a pipeline, which is made above this layer
    """Return the function or the pipeline that ``text`` names, as `resolve_target` returns a function."""
    target = load_object(text)
    return target if is_pipeline(target) else resolve_target(text)


def is_pipeline(target: object) -> bool:
    """Tell whether this is a pipeline made of ``turnout.stage(...)``; told by its stages."""
    return not isinstance(target, type) and hasattr(target, "stages")


def check_takes_one_item(function: Callable[..., Any], name: str) -> None:
    """Raise a `TargetError` unless ``function`` can be called with one item and does its work when called.

    A built-in that does not tell its parameters is let through.
    """
    bodies = (function, getattr(function, "__call__", None))  # noqa: B004  its kind is asked, not whether it is there
    if any(inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body) for body in bodies):
        raise TargetError(
            f"{name!r} yields, so that a call does no work yet; wrap it in a function that returns a list"
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(object())
    except TypeError:
        raise TargetError(_misfit(name, signature)) from None


def _misfit(name: str, signature: inspect.Signature) -> str:
    parameters = signature.parameters.values()
    needed = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]
    if not needed:
        return f"{name!r} takes no item; give it one parameter, which is called with each item"
    listed = ", ".join(needed)
    if needed[0] == "self":
        return (
            f"{name!r} needs an instance (its parameters: {listed}); "
            "bind one in the module, as in 'work = Worker().work', and name that"
        )
    if len(needed) == 1:
        return f"{name!r} takes {listed} by keyword only; wrap it in a function that takes the item first"
    return (
        f"{name!r} needs {len(needed)} arguments ({listed}) but is called with one item; "
        "bind the others with functools.partial in the module, or wrap it in a function of one item"
    )
