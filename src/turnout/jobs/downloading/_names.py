"""What a file is called: as the server says, or as its address ends, and never outside the folder."""

import re
import unicodedata
from urllib.parse import unquote, unquote_to_bytes

NO_NAME = "download"
_MOST_BYTES = 200  # of the 255 that file systems allow: what is added for parts and numbers needs some
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"|?*]')
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
_PLAIN = re.compile(r"([0-9_]|[a-z][a-z0-9_-]{4})[a-z0-9_-]{0,60}(\.[a-z0-9]{1,3}){0,2}", re.IGNORECASE | re.ASCII)
_OURS = re.compile(r"\.part(\.json)?$", re.IGNORECASE)
_PARAMETER = re.compile(
    r""";\s*([\w!#$%&+\-^`{}~.]+\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)""",
    re.ASCII,
)
_EXTENDED = re.compile(r"(utf-8|iso-8859-1)'[^']*'(.*)", re.IGNORECASE | re.ASCII)


def safe_name(name: str) -> str:
    """Return a name for a file in a folder, as near to ``name`` as can be.

    Only what comes after the last slash or backslash is left of a path. Characters that no terminal shows or that
    some system forbids, leading dots, and names that Windows keeps to itself are changed; long names are cut before
    their extension.
    """
    if _PLAIN.fullmatch(name):  # as most names are
        return name
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(one for one in last if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    tidy = _EDGES.sub("", _UNSAFE.sub("_", shown))
    if _RESERVED.match(tidy):
        tidy = f"_{tidy}"
    if _OURS.search(tidy):
        tidy += "_"
    return _shortened(tidy) or NO_NAME


def safe_path(path: str) -> str:
    """Return a relative path whose every part is a safe name."""
    parts = [part for part in re.split(r"[/\\]", path) if part not in {"", ".", ".."}]
    return "/".join(map(safe_name, parts)) or NO_NAME


def name_of_url(url: str) -> str:
    """Return the safe name that an address ends with; `NO_NAME` if it ends with none."""
    host_and_path = url.partition("#")[0].partition("?")[0].partition("://")[2]
    last = host_and_path.partition("/")[2].rpartition("/")[2]
    if "%" not in last:
        return safe_name(last)
    try:
        return safe_name(unquote(last, errors="strict"))
    except UnicodeDecodeError:
        return safe_name(unquote(last, encoding="latin-1"))


def name_of_disposition(value: str | None) -> str | None:
    """Return the safe name that a Content-Disposition header gives; None if it gives none.

    Args:
        value: As it came, each byte a character.

    Source: RFC 6266, section 4.3; RFC 8187, section 3.2.
    """
    if not value:
        return None
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(value if ";" in value.partition("=")[0] else f";{value}"):
        found.setdefault(match[1].lower(), match[2])
    name = _extended(found.get("filename*")) or _plain(found.get("filename"))
    return safe_name(name) if name and name.strip(" ./\\") else None


def numbered(name: str, number: int) -> str:
    """Return the name with a number before its extension; 0 for the name itself."""
    if number == 0:
        return name
    stem, dot, extension = name.rpartition(".")
    if stem.endswith(".tar"):
        stem, extension = stem.removesuffix(".tar"), f"tar.{extension}"
    return f"{stem}-{number}{dot}{extension}" if stem else f"{name}-{number}"


def _extended(value: str | None) -> str | None:
    match = _EXTENDED.fullmatch((value or "").strip('"'))
    if match is None:
        return None
    try:
        return unquote_to_bytes(match[2]).decode(match[1])
    except UnicodeDecodeError:
        return None


def _plain(value: str | None) -> str | None:
    if not value:
        return None
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        return value.encode("latin-1").decode("utf-8")  # what many servers send, though nothing lets them
    except UnicodeError:
        return value


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MOST_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 20:  # noqa: PLR2004  longer ones are no extensions
        stem, dot, extension = name, "", ""
    room = _MOST_BYTES - len(f"{dot}{extension}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}{dot}{extension}"
