"""Races as one HTML page that needs no network and trusts no text."""

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template

from turnout.report._markup import Markup, join, tag
from turnout.report._sections import race_section
from turnout.report._timeline_data import timeline_data
from turnout.report._types import RaceReport
from turnout.report._words import plain

_SCRIPTS = ("values.js", "drawing.js", "moving.js", "page.js")


def render_html(reports: Sequence[RaceReport], title: str) -> str:
    """Return a page that shows the races one below the other.

    The page holds all it needs. Its content security policy lets only its own script and style run and forbids
    every request, so that even a mistake in escaping could reach nothing.

    Args:
        reports: At least one.
        title: What the page is called; any text.
    """
    style = _static("report.css")
    script = f'"use strict";\n(() => {{\n{"".join(map(_static, _SCRIPTS))}}})();\n'
    titled = len(reports) == 1 and reports[0].title == title
    page = Template(_static("report.html"))
    return page.substitute(
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        title=join(plain(title, 200)),
        lead=_lead(reports),
        links=_links(reports),
        races=join(race_section(report, place, len(reports), titled=titled) for place, report in enumerate(reports)),
        data=_data(timeline_data(reports)),
        style=style,
        script=script,
    )


def _static(name: str) -> str:
    return files("turnout.report").joinpath("static", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def _lead(reports: Sequence[RaceReport]) -> Markup:
    found = {(one.environment.python, one.environment.platform) for one in reports}
    where = "; ".join(f"{plain(python, 80)} on {plain(platform, 120)}" for python, platform in sorted(found))
    when = plain(reports[0].environment.timestamp, 40)
    return join(tag("bdi", where), ", ", tag("bdi", when))


def _links(reports: Sequence[RaceReport]) -> Markup:
    if len(reports) == 1:
        return Markup()
    links = (
        tag("li", tag("a", tag("bdi", plain(one.title, 80)), href=f"#race-{place + 1}"))
        for place, one in enumerate(reports)
    )
    return tag("nav", tag("ul", links), aria_label="Races")


def _data(races: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(races, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
