"""``turnout search``: find the pages of a crawl."""

import argparse
import json
import shutil
import sys
from argparse import ArgumentTypeError

from turnout import clock
from turnout.cli._console import wants_colour
from turnout.cli._options import positive_count, whole_number
from turnout.cli._search_server import serve
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.fulltext import open_search
from turnout.report._search_text import search_json, search_text

SUMMARY = "find pages that turnout crawl has fetched, in the terminal or on a local web page"

_PORT = 8765
_LARGEST_PORT = 65_535
_EPILOG = """\
examples:
  turnout search site.crawl "concurrent futures"
  turnout search site.crawl 'title:threads -lang:fr "global lock"' --limit 20
  turnout search site.crawl --serve

words         all of them, in any of their forms (runs, running), with or without accents
"a phrase"    these words in a row
A OR B        at least one; AND binds closer, parentheses group; -word or NOT word leaves out
+word         this very form; word* begins so; word~ is spelled nearly so
field:word    title, heading, text, url, anchor (of links to the page), host or site, lang

a search that starts with a minus comes after --, as in: turnout search site.crawl -- '-old new'

pages can be searched while they are crawled, and all shards of a crawl at once. --json prints one object: schema,
query, took_s, page_count, count, offset, corrected, some_words_suffice and hits (url, title, snippet, their matches,
score, popularity, language, fetched, similar).

exit status: 0; 1 if no page suits, as grep does; 2 if there is no index or the search cannot be understood.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout search`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="FOLDER", help="of the crawl, as it was named to turnout crawl --state")
    parser.add_argument("words", metavar="WORDS", nargs="*", help="what to look for")
    parser.add_argument("--limit", metavar="N", type=positive_count, default=10, help="how many pages (default: 10)")
    parser.add_argument("--offset", metavar="N", type=whole_number, default=0, help="how many better ones to leave out")
    parser.add_argument(
        "--typos",
        choices=("auto", "never", "always"),
        default="auto",
        help="whether words spelled nearly so count: if else few pages are found (auto, the default), never, or always",
    )
    parser.add_argument("--json", action="store_true", help="JSON, instead of text")
    parser.add_argument("--serve", action="store_true", help="a web page for searching, for this machine only")
    parser.add_argument(
        "--port", metavar="N", type=_port, help=f"of the web page (default: {_PORT}); 0 takes any that is free"
    )


def run(options: argparse.Namespace) -> int:
    """Search, and show what was found."""
    text = " ".join(options.words)
    if options.serve:
        if text or options.json:
            raise UsageError("--serve shows a page to search from; leave out the words and --json, or --serve")
        return serve(options.folder, _PORT if options.port is None else options.port)
    if options.port is not None:
        raise UsageError("--port is of the web page; add --serve, or leave it out")
    if not text.strip():
        raise UsageError("no words to look for are named; add some after the folder, or --serve for a web page")
    search = open_search(options.folder)
    began_ns = clock.wall_ns()
    found = search.find(text, limit=options.limit, offset=options.offset, typos=options.typos)
    took_s = (clock.wall_ns() - began_ns) / 1e9
    if options.json:
        write_out(json.dumps(search_json(found, took_s), indent=2))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        write_out(search_text(found, took_s, width, colour=wants_colour(sys.stdout)).removesuffix("\n"))
    return ExitStatus.OK if found.count else ExitStatus.FINDING


def _port(text: str) -> int:
    number = whole_number(text)
    if number > _LARGEST_PORT:
        raise ArgumentTypeError(f"{text!r} is not a port; they end at {_LARGEST_PORT:,}")
    return number
