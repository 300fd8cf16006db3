"""Files as a metalink describes them: several addresses for each, with its size and hashes."""

import xml.etree.ElementTree as ET  # entities are refused below, and no others are harmful here

from turnout.errors import ItemsError, UsageError
from turnout.jobs.downloading._digests import named_digest
from turnout.jobs.downloading._names import safe_path
from turnout.jobs.downloading._wanted import Wanted, checked_url

_SPACE = "{urn:ietf:params:xml:ns:metalink}"
_LEAST_PRIORITY = 999_999


def looks_like_metalink(content: bytes) -> bool:
    """Tell whether it is a metalink rather than a list of addresses."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and b"metalink" in start


def read_metalink(content: bytes, name: str) -> list[Wanted]:
    """Return the files that a metalink of version 4 describes.

    Args:
        content: Of the document.
        name: What complaints call it.

    Raises:
        ItemsError: If it is none, or describes no file that can be had by HTTP.

    Source: RFC 5854.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ItemsError(f"{name} declares entities, which no metalink needs; it is not read")
    try:
        root = ET.fromstring(content)  # noqa: S314  see above
    except ET.ParseError as error:
        raise ItemsError(f"{name} is not well-formed XML ({error}); fetch it again") from None
    if root.tag != f"{_SPACE}metalink":
        raise ItemsError(f"{name} is no metalink of version 4 (RFC 5854): its root is {root.tag!r}")
    wanted = [_file(element, name) for element in root.iter(f"{_SPACE}file")]
    if not wanted:
        raise ItemsError(f"{name} describes no file; look into it")
    return wanted


def _file(element: ET.Element, name: str) -> Wanted:
    title = element.get("name") or ""
    links = sorted(
        element.findall(f"{_SPACE}url"),
        key=lambda link: int(priority) if (priority := link.get("priority", "")).isdigit() else _LEAST_PRIORITY,
    )
    urls = [(link.text or "").strip() for link in links]
    good = [url for url in urls if url.lower().startswith(("http://", "https://"))]
    if not good:
        raise ItemsError(f"{name} gives no http or https address for {title!r}; look into it")
    try:
        digests = [
            digest
            for one in element.findall(f"{_SPACE}hash")
            if (digest := named_digest(one.get("type") or "", (one.text or "").strip(), "the metalink")) is not None
        ]
    except UsageError as error:
        raise ItemsError(f"{name} has a wrong hash for {title!r}: {error}") from None
    size = (element.findtext(f"{_SPACE}size") or "").strip()
    return Wanted(
        url=checked_url(good[0]),
        mirrors=tuple(map(checked_url, good[1:])),
        name=safe_path(title) if title else None,
        digests=tuple(digests),
        size_bytes=int(size) if size.isdigit() else None,
    )
