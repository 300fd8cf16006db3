"""The frame that every page shares: one file that needs no network and trusts no text."""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template

from turnout.measurement import Environment
from turnout.report._lanes import Timeline
from turnout.report._markup import Markup, join, tag
from turnout.report._timeline_data import Json, timeline_data
from turnout.report._words import plain

_SCRIPTS = ("values.js", "drawing.js", "states.js", "moving.js", "page.js")


def page(
    title: str,
    lead: Markup,
    body: Markup,
    groups: Sequence[Sequence[Timeline]] = (),
    links: Markup | None = None,
    *,
    more: Sequence[Sequence[Json]] = (),
) -> str:
    """Return a page.

    It holds all it needs. Its content security policy lets only its own script and style run and forbids every
    request, so that even a mistake in escaping could reach nothing.

    Args:
        title: What the page is called; any text.
        lead: The line below the title.
        body: What stands in the page.
        groups: What to draw where the body says so, by `timeline_part`.
        links: Where to go in the page.
        more: Groups to draw after those, ready for the script.
    """
    style = _static("report.css")
    script = f'"use strict";\n(() => {{\n{"".join(map(_static, _SCRIPTS))}}})();\n'
    return Template(_static("report.html")).substitute(
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        title=join(plain(title, 200)),
        lead=lead,
        links=links or "",
        body=body,
        data=_data([*timeline_data(groups), *more]),
        style=style,
        script=script,
    )


def where_and_when(environments: Iterable[Environment]) -> Markup:
    """Return the line that tells where something was measured, and when the first of it was."""
    found = list(environments)
    where = sorted({(one.python, one.platform) for one in found})
    said = "; ".join(f"{plain(python, 80)} on {plain(platform, 120)}" for python, platform in where)
    return join(tag("bdi", said), ", ", tag("bdi", plain(found[0].timestamp, 40))) if found else Markup()


def _static(name: str) -> str:
    return files("turnout.report").joinpath("static", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def _data(timelines: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(timelines, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
