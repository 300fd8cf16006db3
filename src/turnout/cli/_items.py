"""The options that name the items, the same in every command that takes a function and items."""

import argparse
import sys
from typing import Any, BinaryIO

from turnout.errors import UsageError
from turnout.items import ITEM_TYPES, call_for_items, parse_range, read_items, stream_items

STANDARD_INPUT = "-"

ITEMS_HELP = """\
text files hold one item a line, in UTF-8; blank lines are skipped. Without --item-type, items are whole numbers if each
is written as one (so 007 stays text), else numbers, else text; for standard input and very large files, the first item
tells. A .jsonl file holds one JSON value a line; a .csv or .tsv file names its columns in its first line; any of them
may be packed, as .gz.
"""


def add_item_options(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` how items are named."""
    items = parser.add_argument_group("items (exactly one of the first three)")
    source = items.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--items", metavar="FILE", help="text, .jsonl, .csv:COLUMN or .tsv:COLUMN; - for standard input"
    )
    source.add_argument("--range", metavar="A..B", help="whole numbers from A to B, both included; A..B..STEP")
    source.add_argument("--items-from", metavar="MODULE:CALLABLE", help="called without arguments; gives the items")
    items.add_argument("--column", metavar="NAME", help="the column of a table, or the key of JSON objects")
    items.add_argument("--item-type", choices=ITEM_TYPES, help="what the text of an item becomes")


def named_items(
    options: argparse.Namespace, standard_input: BinaryIO | None = None, *, takes_async: bool = False
) -> tuple[Any, str]:  # an iterable of items, or an asynchronous one where that is taken
    """Return the items that the options name, and what a title calls them.

    Args:
        options: As `add_item_options` describes.
        standard_input: Stands in for that of this process.
        takes_async: Whether --items-from may give an asynchronous iterator.
    """
    if options.items is None:
        for option in ("column", "item_type"):
            if getattr(options, option) is not None:
                raise UsageError(f"--{option.replace('_', '-')} goes with --items FILE only; leave it out")
    if options.range is not None:
        return parse_range(options.range), options.range
    if options.items_from is not None:
        return call_for_items(options.items_from, takes_async=takes_async), options.items_from
    if options.items == STANDARD_INPUT:
        if options.column is not None:
            raise UsageError("standard input has no columns; leave --column out, or name a file")
        return stream_items(standard_input or sys.stdin.buffer, item_type=options.item_type), "standard input"
    return read_items(options.items, column=options.column, item_type=options.item_type), options.items
