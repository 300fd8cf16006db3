"""Races as one HTML page."""

from collections.abc import Sequence

from turnout.report._markup import Markup, join, tag
from turnout.report._page import page, where_and_when
from turnout.report._sections import race_section
from turnout.report._standings import python_timelines, race_timelines
from turnout.report._types import RaceReport
from turnout.report._words import plain


def render_html(reports: Sequence[RaceReport], title: str) -> str:
    """Return a page that shows the races one below the other, in the frame of `turnout.report._page`.

    Args:
        reports: At least one.
        title: What the page is called; any text.
    """
    titled = len(reports) == 1 and reports[0].title == title
    return page(
        title,
        where_and_when(one.environment for one in reports),
        join(race_section(report, place, len(reports), titled=titled) for place, report in enumerate(reports)),
        [*map(race_timelines, reports), *map(python_timelines, reports)],
        _links(reports),
    )


def _links(reports: Sequence[RaceReport]) -> Markup:
    if len(reports) == 1:
        return Markup()
    links = (
        tag("li", tag("a", tag("bdi", plain(one.title, 80)), href=f"#race-{place + 1}"))
        for place, one in enumerate(reports)
    )
    return tag("nav", tag("ul", links), aria_label="Races")
