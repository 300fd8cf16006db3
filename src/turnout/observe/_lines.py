"""Which line of the source an instruction belongs to."""

_NO_LINE, _LONG, _NO_COLUMNS, _ONE_LINE = 15, 14, 13, 10
_VARINT_BYTES = 6  # of a number of 32 bits; more of them are damage, and would take ever longer to add up


def line_at(table: bytes, first_line: int, place: int) -> int:
    """Return the line of an instruction; 0 if it belongs to none.

    Args:
        table: A code object's ``co_linetable``, of Python 3.11 or newer.
        first_line: Its ``co_firstlineno``.
        place: Of the instruction, in bytes from the first one.

    Source: CPython, Objects/locations.md (the format of the location table, PEP 657).
    """
    if place < 0:
        return 0
    line, end, at = first_line, 0, 0
    while at < len(table):
        first = table[at]
        code = first >> 3 & 15
        end += 2 * ((first & 7) + 1)
        at += 1
        if code in {_LONG, _NO_COLUMNS}:
            delta = _varint(table, at)
            line += -(delta >> 1) if delta & 1 else delta >> 1
        elif _ONE_LINE <= code < _NO_COLUMNS:
            line += code - _ONE_LINE
        if place < end:
            return 0 if code == _NO_LINE else line
        while at < len(table) and table[at] < 128:  # noqa: PLR2004  only the first byte of an entry has the highest bit
            at += 1
    return 0


def _varint(table: bytes, at: int) -> int:
    number = shift = 0
    for part in table[at : at + _VARINT_BYTES]:
        number |= (part & 63) << shift
        shift += 6
        if not part & 64:
            break
    return number
