"""A diagnosed program as one HTML page."""

from collections.abc import Iterable

from turnout.advise._program_types import Blockage, Remedy
from turnout.observe import Recording, State
from turnout.report._diagnosis_tables import holders_table, lines_table, tasks_table, threads_table
from turnout.report._diagnosis_types import DiagnosisReport
from turnout.report._diagnosis_words import (
    CAUSES,
    blockage_words,
    circumstances,
    convoy_words,
    cores_used,
    facts_of,
    gain_words,
    headline,
    title,
)
from turnout.report._holders import holder_words, holders
from turnout.report._markup import Markup, tag
from turnout.report._page import page
from turnout.report._parts import columns_of_sentences, drawn_part, figures, paragraphs, part
from turnout.report._state_data import state_data
from turnout.report._state_words import DOES, ORDER, stack_words
from turnout.report._words import duration, number, percent, plain, significant

BLOCKAGES_SHOWN = 30
_FRAMES = 20
_NAMED_HOLDERS = 6
_HINT = (
    "One lane for each thread, and above them who held the GIL. Where states change faster than can be drawn, a column "
    "shows their shares. Point at a lane, or tap it, to see where in the code it was. Drag to pan; pinch, or Ctrl and "
    "wheel, to zoom (after a click the wheel alone does); with the keyboard: arrows, + and -, 0 for all, Shift with "
    "arrows to step from one stretch to the next."
)


def render_diagnosis_html(report: DiagnosisReport) -> str:
    """Return a page that shows a diagnosed program, in the frame of `turnout.report._page`."""
    recording, found = report.recording, report.diagnosis
    drawn = state_data(recording, found.blockages)
    body = tag(
        "article",
        _head(report),
        _remedies(found.remedies, found.wrong),
        _timeline(report) if drawn else "",
        threads_table(recording),
        tasks_table(recording),
        _lock(report),
        _blockages(found.blockages, recording),
        lines_table(found.lines),
        columns_of_sentences((("It may be otherwise", _plain(found.doubts)), ("Not seen", _plain(recording.notes)))),
        _observed(recording),
        class_="race only",
        aria_labelledby="verdict",
    )
    return page(title(recording), Markup(tag("bdi", circumstances(recording))), body, more=[drawn])


def _plain(sentences: Iterable[str]) -> list[str]:
    return [plain(one) for one in sentences]


def _head(report: DiagnosisReport) -> Markup:
    recording, found = report.recording, report.diagnosis
    used, lock = cores_used(recording), holders(recording)
    python = sum(thread.is_python for thread in recording.threads)
    pairs = [
        ("Bound by", CAUSES[found.cause]),
        ("Sureness", found.sureness),
        ("Seen for", duration(max(0, recording.wall_ns) / 1e9)),
        ("Python threads", number(python)),
    ]
    if used is not None:
        pairs.append(("Cores busy", f"{significant(used)} of {number(recording.cores)}"))
    if lock is not None:
        pairs.append(("GIL held", percent(1 - lock.free_share)))
    return tag(
        "header",
        tag("h2", "Verdict", id="verdict", class_="unseen"),
        tag("p", headline(report), class_="headline", dir="auto"),
        figures(pairs),
        tag("div", paragraphs(_plain(found.evidence)), class_="verdict"),
    )


def _remedies(remedies: Iterable[Remedy], wrong: Remedy | None) -> Markup:
    items = [tag("li", _remedy(one)) for one in remedies]
    trap = Markup()
    if wrong is not None:
        trap = tag(
            "div",
            tag("h4", "What looks as if it helped: ", tag("bdi", plain(wrong.name, 200))),
            tag("p", plain(wrong.why), dir="auto"),
            class_="finding",
        )
    shown = [*([tag("ol", items, class_="remedies")] if items else []), *([trap] if trap else [])]
    return part("What would help", shown) if shown else Markup()


def _remedy(remedy: Remedy) -> Markup:
    gain = gain_words(remedy)
    name = tag("b", tag("bdi", plain(remedy.name, 200)))
    found = tag("p", name, f": {gain}." if gain else "") + tag("p", plain(remedy.why), dir="auto")
    if remedy.command is not None:
        found += tag("code", tag("bdi", plain(remedy.command)), class_="command")
    return Markup(found)


def _timeline(report: DiagnosisReport) -> Markup:
    recording = report.recording
    seen = {state for thread in recording.threads for state, ns in thread.state_ns.items() if ns}
    key = [tag("li", DOES[state], class_=f"state-{state}") for state in ORDER if state in {State.RUN, *seen}]
    if recording.holds:
        key.append(tag("li", "holds the GIL, a grey for each", class_="key-holder"))
    if report.diagnosis.blockages:
        key.append(tag("li", "holds up an event loop", class_="key-blocked"))
    hint = _HINT if recording.holds else _HINT.replace(", and above them who held the GIL", "")
    return drawn_part("Threads over time", tag("ul", key, class_="key"), hint)


def _lock(report: DiagnosisReport) -> Markup:
    recording, convoys = report.recording, report.diagnosis.convoys
    said = [*holder_words(recording, _NAMED_HOLDERS), *(convoy_words(one, recording) for one in convoys)]
    shown = holders_table(recording)
    return part("Who held the GIL", [paragraphs(said), shown]) if said else Markup()


def _blockages(blockages: tuple[Blockage, ...], recording: Recording) -> Markup:
    if not blockages:
        return Markup()
    shown = [
        tag(
            "details",
            tag("summary", blockage_words(one, recording)),
            tag("ol", (tag("li", line) for line in stack_words(one.stack, _FRAMES)), class_="stack")
            if one.stack
            else tag("p", "Its stack was not seen.", class_="muted"),
            open="" if place == 0 else None,
        )
        for place, one in enumerate(blockages[:BLOCKAGES_SHOWN])
    ]
    left = len(blockages) - BLOCKAGES_SHOWN
    if left > 0:
        shown.append(tag("p", f"and {left:,} shorter ones", class_="muted"))
    return part("Calls that held up an event loop", shown)


def _observed(recording: Recording) -> Markup:
    pairs = (tag("div", tag("dt", key), tag("dd", tag("bdi", value))) for key, value in facts_of(recording))
    return part("Observed", [tag("dl", pairs, class_="facts")])
