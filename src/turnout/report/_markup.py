"""HTML that is escaped by construction: what is not `Markup` is text."""

from collections.abc import Iterable
from html import escape

from turnout.report._words import plain

_VOID = frozenset({"meta", "link", "br", "input"})


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


def tag(name: str, /, *children: str | Iterable[Markup], **attributes: str | float | None) -> Markup:
    """Return an element.

    Args:
        name: Its name.
        children: `Markup` as it is; any other string is made plain and escaped.
        attributes: A trailing underscore is dropped and others become hyphens (``class_``, ``aria_label``); one that
            is None is left out, and one that is empty stands without a value.
    """
    words = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    inside = join(*children)
    closed = "" if name in _VOID else f"{inside}</{name}>"
    return Markup(f"<{name}{words}>{closed}")


def join(*children: str | Iterable[Markup]) -> Markup:
    """Return the children one after the other, as `tag` would hold them."""
    return Markup("".join(_child(child) for child in children))


def _child(child: str | Iterable[Markup]) -> str:
    match child:
        case Markup():
            return child
        case str():
            return escape(plain(child))
        case _:
            return "".join(child)


def _attribute(key: str, value: str | float) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value == "" else f' {name}="{escape(plain(str(value)))}"'
