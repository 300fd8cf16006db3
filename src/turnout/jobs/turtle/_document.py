"""The page of ``turnout turtle --web``, as HTML; its script draws what Python sends."""

from collections.abc import Iterable

from turnout.jobs.turtle._colours import PAPER
from turnout.jobs.turtle._commands import Command
from turnout.jobs.turtle._scene import TITLE, WINDOW
from turnout.jobs.turtle._words import Words, shown_key
from turnout.report._markup import Markup, join, tag

_HALF = WINDOW // 2


def document(words: Words, keys: Iterable[tuple[str, Command]], *, has_choice: bool = True) -> str:
    """Return the page.

    Args:
        words: In the reader's language.
        keys: Each key and what it does, in the order of the buttons.
        has_choice: Whether the other language is offered.
    """
    href = f"/?lang={words.other_code}"
    other = tag("a", words.other, href=href, lang=words.other_code, hreflang=words.other_code)
    body = join(
        tag("a", words.skip, class_="skip", href="#drawing"),
        tag(
            "header",
            tag("p", _MARK, "turnout", class_="brand"),
            other if has_choice else Markup(),
        ),
        tag(
            "main",
            tag("h1", TITLE, lang="en"),
            tag("p", words.intro, class_="muted"),
            tag("noscript", tag("p", words.scripts, class_="finding")),
            tag("div", _paper(words), tag("div", _buttons(words, keys), _strip(words), class_="side"), class_="desk"),
        ),
        tag("footer", tag("p", words.footer, class_="muted")),
    )
    head = join(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'),
        tag("title", f"{TITLE} - turnout"),
        Markup('<link rel="icon" href="/icon.svg" type="image/svg+xml">'),
        Markup('<link rel="stylesheet" href="/static/turtle.css"><script src="/static/turtle.js" defer></script>'),
    )
    said = {"data_lost": words.lost, "data_connected": words.connected, "data_waiting": words.waiting}
    return f'<!doctype html>\n<html lang="{words.code}"><head>{head}</head>{tag("body", body, **said)}</html>\n'


def _paper(words: Words) -> Markup:
    drawing = tag(
        "svg",
        tag("rect", x="-5000", y="-5000", width="10000", height="10000", fill=PAPER, id="sheet"),
        tag("g", id="lines", fill="none", stroke_linecap="round"),
        tag("polygon", id="turtle", points=""),
        id="drawing",
        viewBox=f"{-_HALF} {-_HALF} {WINDOW} {WINDOW}",
        role="application",
        tabindex="0",
        aria_label=words.drawing,
        aria_describedby="hint place",
    )
    saves = join(
        tag("a", "SVG", href="/drawing.svg", download=""), " ", tag("a", "PNG", href="/drawing.png", download="")
    )
    return tag(
        "div",
        drawing,
        tag("p", id="place", role="status"),
        tag("p", words.hint, id="hint", class_="muted"),
        tag("p", words.save, " ", saves, class_="saves"),
        class_="paper",
    )


def _buttons(words: Words, keys: Iterable[tuple[str, Command]]) -> Markup:
    of_command: dict[Command, list[str]] = {}
    for key, command in keys:
        of_command.setdefault(command, []).append(key)
    buttons = [
        tag(
            "li",
            tag(
                "button",
                tag("span", join([tag("kbd", shown_key(key)) for key in alike])),
                tag("span", words.command(command)),
                type="button",
                data_keys=" ".join(alike),
            ),
        )
        for command, alike in of_command.items()
    ]
    return tag("section", tag("h2", words.keys, id="keys"), tag("ul", buttons, class_="keys"), aria_labelledby="keys")


def _strip(words: Words) -> Markup:
    figures = [
        tag("div", tag("dt", name), tag("dd", "-", id=place))
        for name, place in (
            (words.lag, "lag"),
            (words.worst, "worst"),
            (words.round_trip, "trip"),
            (words.depth, "depth"),
        )
    ]
    heads = [tag("th", name, scope="col") for name in (words.event, words.waited, words.handler)]
    return tag(
        "section",
        tag("h2", words.strip, id="events"),
        tag("p", words.strip_hint, class_="muted small"),
        tag("dl", figures),
        tag("p", id="note", role="status"),
        tag("p", id="block", class_="small"),
        tag("table", tag("thead", tag("tr", heads)), tag("tbody", id="rows"), aria_labelledby="events"),
        tag("p", id="connection", class_="muted small", role="status"),
        aria_labelledby="events",
    )


_MARK = Markup(
    '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M11 28V4M11 19c0-6 10-4 10-15"/></svg>'
)
