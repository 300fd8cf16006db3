"""What ``turnout download`` takes."""

import argparse
import re
from argparse import ArgumentTypeError

from turnout.cli._options import (
    header_value,
    output_file_or_dash,
    path_name,
    positive_count,
    positive_number,
    positive_seconds,
    whole_number,
)

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
_EPILOG = """\
examples:
  turnout download https://example.org/a.iso https://example.org/b.iso --to iso
  turnout download -i urls.txt --to pages --log pages.jsonl
  turnout download https://example.org/a.iso -o newest.iso --checksum sha256:9f86d081...
  turnout download -i mirrors.meta4
  cat urls.txt | turnout download - --newer

a list has an address a line; behind it there may be out=NAME and a checksum (sha256:HEX). Empty lines, and those that
begin with #, are passed over. A metalink (RFC 5854) is told by its content.

a file is complete and checked under its name, or not there at all. What is not complete lies beside it as NAME.part;
the same command goes on with it if the server's file is still the same one, and starts over if not.

--log writes an object a line: url, status (saved, unchanged, kept or failed), path, size_bytes, received_bytes,
seconds, parts, http, checked; and of those that failed cause, reason and attempts. With --log -, the summary goes to
standard error.

Ctrl-C, once: begins no further file, and ends those under way; the same command goes on. Twice: leaves at once.

exit status: 0 if all files are there, 1 if some failed, 2 if what was asked cannot be done, 130 after Ctrl-C.
"""


def add_download_options(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout download`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("urls", metavar="URL", nargs="*", help="an address; - reads a list from standard input")
    parser.add_argument("-i", "--input", metavar="FILE", help="a list of addresses, or a metalink")
    place = parser.add_argument_group("where")
    place.add_argument(
        "--to", metavar="FOLDER", default=".", type=path_name, help="made if it is not there; this one by default"
    )
    place.add_argument("-o", "--output", metavar="FILE", type=path_name, help="what the only file is called")
    place.add_argument(
        "--exists",
        choices=("number", "overwrite", "skip"),
        default="number",
        help="what becomes of a file whose name is taken: it gets a number (the default), replaces, or is left out",
    )
    place.add_argument("--newer", action="store_true", help="replace only what the server has newer (mirroring)")
    place.add_argument("--checksum", metavar="SHA256:HEX", help="what the only file must hash to")
    place.add_argument("--no-flush", action="store_true", help="do not flush files to the disk before they get names")
    place.add_argument("--journal", metavar="FILE", help="keeps what is done; the same command goes on with the rest")
    how = parser.add_argument_group("how fast")
    how.add_argument("--connections", metavar="N", type=positive_count, default=50, help="open at once; 50 by default")
    how.add_argument("--per-host", metavar="N", type=positive_count, default=8, help="to one host; 8 by default")
    how.add_argument(
        "--parts",
        metavar="N",
        type=positive_count,
        help="over how many connections a large file comes; up to 8 if they help by default",
    )
    how.add_argument("--limit", metavar="BYTES", type=byte_count, help="a second, for all together: 500k, 2M")
    how.add_argument("--rate", metavar="N", type=positive_number, help="how many files may be begun in a second")
    patience = parser.add_argument_group("how patiently")
    patience.add_argument("--retries", metavar="N", type=whole_number, default=5, help="of what may pass; 5 by default")
    patience.add_argument("--deadline", metavar="SECONDS", type=positive_seconds, help="for one try at a file")
    patience.add_argument("--connect", metavar="SECONDS", type=positive_seconds, default=30, help="30 by default")
    patience.add_argument(
        "--stall", metavar="SECONDS", type=positive_seconds, default=30, help="without a byte; 30 by default"
    )
    patience.add_argument("--redirects", metavar="N", type=whole_number, default=20, help="followed; 20 by default")
    asked = parser.add_argument_group("what servers are told")
    asked.add_argument("-H", "--header", metavar="'NAME: VALUE'", action="append", default=[], help="may be repeated")
    asked.add_argument("--user", metavar="NAME:PASSWORD", help="for basic authentication")
    asked.add_argument(
        "--netrc", metavar="FILE", nargs="?", const=True, help="names and passwords; ~/.netrc by default"
    )
    asked.add_argument("--cookie", metavar="'A=1; B=2'", type=header_value, help="the Cookie header")
    asked.add_argument("--cookies", metavar="FILE", help="cookies in Netscape's format, as browsers export them")
    asked.add_argument("--agent", metavar="NAME", type=header_value, help="the User-Agent header")
    asked.add_argument(
        "--http", choices=("auto", "1.1", "2"), default="auto", help="auto: 2 over TLS, if the server can"
    )
    asked.add_argument("--proxy", metavar="URL", help="instead of what http_proxy and https_proxy say")
    asked.add_argument("--ca", metavar="FILE", help="certificates to trust, instead of the system's")
    asked.add_argument("--insecure", action="store_true", help="trust any certificate")
    shown = parser.add_argument_group("what is shown")
    shown.add_argument(
        "--log", metavar="FILE", type=output_file_or_dash, help="a JSON object a line; - for standard output"
    )
    shown.add_argument("--quiet", action="store_true", help="nothing but errors")


def byte_count(text: str) -> float:
    """Return a number of bytes, which may have a unit."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmg]?i?)b?", text.strip().lower(), re.ASCII)
    count = float(match[1]) * _UNITS.get(match[2], 0) if match else 0
    if not count:
        raise ArgumentTypeError(f"{text!r} is not a number of bytes above 0, such as 500k or 2M")
    return count
