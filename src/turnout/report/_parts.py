"""Parts that the pages share."""

from collections.abc import Iterable, Sequence

from turnout.measurement import Environment
from turnout.report._lanes import Timeline
from turnout.report._markup import Markup, join, tag
from turnout.report._sentences import facts
from turnout.trace import SpanKind


def part(name: str, children: Iterable[Markup]) -> Markup:
    """Return a section with its heading."""
    return tag("section", tag("h3", name), children)


def paragraphs(sentences: Iterable[str]) -> Markup:
    """Return a paragraph for each sentence."""
    return join(tag("p", sentence, dir="auto") for sentence in sentences)


def figures(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Return the few great figures that stand below a headline, as names and values."""
    return tag(
        "dl", (tag("div", tag("dt", key), tag("dd", tag("bdi", value))) for key, value in pairs), class_="figures"
    )


def verdict_block(sentences: Sequence[str], pairs: Iterable[tuple[str, str]], notes: Iterable[str]) -> Markup:
    """Return a headline, the figures below it, and what else there is to say of them."""
    said = (tag("p", note, class_="note", dir="auto") for note in notes)
    return join(
        tag("p", sentences[0], class_="headline"),
        figures(pairs),
        tag("div", paragraphs(sentences[1:]), said, class_="verdict"),
    )


def columns_of_sentences(columns: Iterable[tuple[str, Sequence[str]]]) -> Markup:
    """Return lists of sentences side by side, each below its heading; those without sentences are left out."""
    found = [
        tag("section", tag("h3", name), tag("ul", (tag("li", one, dir="auto") for one in sentences)))
        for name, sentences in columns
        if sentences
    ]
    return tag("div", found, class_="side-by-side") if found else Markup()


def table(name: str, caption: str, columns: Sequence[str], body: Iterable[Markup], kind: str | None = None) -> Markup:
    """Return a table of rows that scrolls sideways where it is too wide."""
    head = tag("tr", (tag("th", column, scope="col") for column in columns))
    made = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), class_=kind)
    return tag("div", made, class_="scroll", role="region", aria_label=f"{name}, table", tabindex=0)


def timeline_part(timelines: Sequence[Timeline], place: int, name: str = "Timelines") -> Markup:
    """Return where the page's script draws a group of timelines.

    Args:
        timelines: The group.
        place: Its place among the groups that `page` is given.
        name: The heading.
    """
    if not timelines:
        return Markup()
    key = tag(
        "ul",
        tag("li", "computing, on a core", class_="key-cpu"),
        tag("li", "waiting, not on a core", class_="key-wait"),
        tag("li", "lost with its worker", class_="key-lost") if _any_lost(timelines) else "",
        class_="key",
    )
    hint = (
        "One lane for each worker; how far a span is filled from below is its share of time on a core. Drag to pan; "
        "pinch, or Ctrl and wheel, to zoom (after a click the wheel alone does); with the keyboard: arrows, + and -, "
        "0 for all, Shift with arrows to step from item to item."
    )
    return drawn_part(name, key, hint, place)


def drawn_part(name: str, key: Markup, hint: str, place: int = 0) -> Markup:
    """Return where the page's script draws lanes, below their key and above a hint."""
    lanes = tag("div", class_="tracks", data_group=place)
    return part(
        name,
        [
            tag("noscript", tag("p", "The timelines are drawn by a script, and scripts are off.", class_="muted")),
            tag("figure", key, lanes, tag("figcaption", hint), class_="scripted"),
        ],
    )


def environment_part(environment: Environment, noun: str = "race") -> Markup:
    """Return where a race, or what else ``noun`` says, was measured."""
    pairs = (tag("div", tag("dt", key), tag("dd", tag("bdi", value))) for key, value in facts(environment, noun))
    return part("Measured on", [tag("dl", pairs, class_="facts")])


def _any_lost(timelines: Sequence[Timeline]) -> bool:
    return any(batch.kind is SpanKind.LOST for one in timelines for batch in one.trace.batches)
