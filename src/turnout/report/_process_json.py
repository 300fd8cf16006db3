"""A process as JSON."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from turnout.observe import Descriptors, Environment, Frame, Process, Unknown

JSON_SCHEMA = "turnout.process/1"


def process_json(process: Process) -> dict[str, Any]:  # as JSON goes
    """Return the process as what `json.dumps` takes.

    Keys are the attributes of `turnout.observe.Process` and its parts, and tell their units; what is not known is
    null, and ``unknown`` says why::

        {"schema": "turnout.process/1", "pid": int, "name": str, ...,
         "environment": {"variables": [{"name": str, "value": str, "masked": bool}], "masked_count": int},
         "descriptors": {"entries": [...], "limit": int, "counts": {"file": int, ...}},
         "threads": [{"tid": int, "name": str, "state": str, "user_s": float, ...}],
         "python": {"version": str, "stacks": [{"tid": int, "frames": [{"function": str, "file": str, "line": int}]}]},
         "unknown": [{"property": "memory_map", "reason": "not permitted"}]}

    Bytes that are no UTF-8 are lone surrogates, as Python decodes names of files.
    """
    unknown: list[dict[str, str]] = []
    tree = {"schema": JSON_SCHEMA} | _object(process, "", unknown)
    return tree | {"unknown": unknown}


def process_json_text(process: Process) -> str:
    """Return the process as the text of a JSON object, in ASCII."""
    return json.dumps(process_json(process), indent=2)


def _object(value: Any, place: str, unknown: list[dict[str, str]]) -> dict[str, Any]:  # a dataclass, as JSON goes
    tree = {
        field.name: _plain(getattr(value, field.name), f"{place}.{field.name}".lstrip("."), unknown)
        for field in fields(value)
    }
    match value:
        case Environment():
            tree["masked_count"] = value.masked_count
        case Descriptors():
            tree["counts"] = {str(kind): count for kind, count in value.counts.items()}
    return tree


def _plain(value: Any, place: str, unknown: list[dict[str, str]]) -> Any:  # an attribute's value, as JSON goes
    match value:
        case Unknown():
            unknown.append({"property": place, "reason": value.reason})
            return None
        case Mapping():
            return [{"tid": tid, "frames": [_frame(frame) for frame in stack]} for tid, stack in value.items()]
        case tuple():
            return [_plain(part, f"{place}[{index}]", unknown) for index, part in enumerate(value)]
        case str():
            return str(value)
        case _ if is_dataclass(value):
            return _object(value, place, unknown)
        case _:
            return value


def _frame(frame: Frame) -> dict[str, Any]:  # likewise
    return {"function": frame.function, "file": frame.file, "line": frame.line or None}
