"""What you see: pure renderers of a race."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.report._chrome import render_chrome_trace as render_chrome_trace
    from turnout.report._html import render_html as render_html
    from turnout.report._json import render_json as render_json
    from turnout.report._terminal import render_text as render_text
    from turnout.report._types import RaceReport as RaceReport
    from turnout.report._verdict import verdict as verdict

__getattr__, __dir__ = lazy(
    __name__,
    {
        "RaceReport": "._types",
        "render_chrome_trace": "._chrome",
        "render_html": "._html",
        "render_json": "._json",
        "render_text": "._terminal",
        "verdict": "._verdict",
    },
)
