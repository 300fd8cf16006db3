"""The only user of warcio: records of answers, as archives keep them (ISO 28500)."""

from datetime import UTC, datetime
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from typing import Any, BinaryIO

from turnout.errors import not_installed
from turnout.jobs.crawl._types import Fetched

_OF_TRANSFER = {"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"}


class WarcWriter:
    """Writes answers to a file, each a gzip member of its own.

    Args:
        file: Where to, at its end.
        agent: The User-Agent header that was sent.

    Raises:
        UnavailableError: If warcio is not installed.
    """

    def __init__(self, file: BinaryIO, agent: str) -> None:
        try:
            writing = import_module("warcio.warcwriter")
            self._heads: Any = import_module("warcio.statusandheaders").StatusAndHeaders  # warcio has no types
        except ImportError:
            raise not_installed("writing WARC files", "warcio", "crawl") from None
        self._agent = agent
        self._writer: Any = writing.WARCWriter(file, gzip=True, warc_version="1.1")

    def begin(self, name: str) -> None:
        """Write the record that describes the file."""
        about = {"software": "turnout", "format": "WARC File Format 1.1", "http-header-user-agent": self._agent}
        self._writer.write_record(self._writer.create_warcinfo_record(name, about))

    def write(self, fetched: Fetched) -> None:
        """Write an answer. Its body is stored as it is without its transfer and content encodings."""
        fields = [
            *((name, value) for name, value in fetched.head if name.lower() not in _OF_TRANSFER),
            ("Content-Length", str(len(fetched.body))),
        ]
        dated = datetime.fromtimestamp(fetched.fetched_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        warc = {"WARC-Date": dated, **({"WARC-Truncated": "length"} if fetched.is_cut else {})}
        record = self._writer.create_warc_record(
            fetched.item.url,
            "response",
            payload=BytesIO(fetched.body),
            length=len(fetched.body),
            http_headers=self._heads(f"{fetched.status} {_phrase(fetched.status)}", fields, protocol="HTTP/1.1"),
            warc_headers_dict=warc,
        )
        self._writer.write_record(record)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
