"""Whether two texts are nearly the same, told from a few bytes of each.

A text's shingles are its sentences, without digits, so that dates and counters make no difference. Their hashes fall
into eight buckets, of each of which the smallest is kept, and four buckets are a band. Texts that share a band share
most of their sentences: with nine in ten in common they share one in 88 cases of 100, with half in common in 12.

Source: Broder (1997), On the resemblance and containment of documents, section 3; buckets of one permutation: Li, Owen
and Zhang (2012); bands: Indyk and Motwani (1998).
"""

from zlib import crc32

from turnout.pages import RecentMap

_LOOKED_AT = 3_000  # characters of the text: all of a page would cost 100 µs
_BUCKETS = 8
_SPREADS = 0x9E37_79B1  # a checksum of texts that differ in one letter differs in few bits
_MASK = 0xFFFF_FFFF
_PRIME = 65_521
_BAND = 4
_LEAST_BYTES = 24  # shorter shingles are labels and navigation
_REMEMBERED = 1 << 17  # bands of each kind; 2 MB
_DIGITS = b"0123456789"

Sketch = tuple[int, int]
"""Two bands; 0 for one that the text is too short for."""

NO_SKETCH: Sketch = (0, 0)


def sketch_of(text: str, *, keeps_digits: bool = False) -> Sketch:
    """Return what tells a text's likeness to others; `NO_SKETCH` if there is no text.

    Args:
        text: As it is read.
        keeps_digits: Whether digits make a difference.
    """
    bare = text[:_LOOKED_AT].encode("utf-8", "replace")
    if not keeps_digits:
        bare = bare.translate(None, _DIGITS)
    shingles = [part for part in bare.split(b".") if len(part) >= _LEAST_BYTES]
    if not shingles:
        if not bare.strip():
            return NO_SKETCH
        shingles = [bare]
    least = [0] * _BUCKETS
    for shingle in shingles:
        mark = crc32(shingle) * _SPREADS & _MASK
        bucket = mark % _PRIME % _BUCKETS
        if mark < least[bucket] or not least[bucket]:
            least[bucket] = mark
    low, high = tuple(least[:_BAND]), tuple(least[_BAND:])
    if low.count(0) > 1 or high.count(0) > 1:  # so few sentences that one of them, such as a footer, could be a band
        return hash(low + high) or 1, 0
    return hash(low) or 1, hash(high) or 1  # of integers, so that it is the same in every process


class Likenesses:
    """Finds earlier texts that are nearly the same; remembers the last hundred thousand or so."""

    def __init__(self) -> None:
        self._low = RecentMap(_REMEMBERED)
        self._high = RecentMap(_REMEMBERED)

    def find(self, sketch: Sketch) -> int:
        """Return the key of an earlier text that is nearly the same, or 0."""
        low, high = sketch
        return (low and self._low.get(low)) or (high and self._high.get(high)) or 0

    def add(self, sketch: Sketch, key: int) -> None:
        """Remember a text."""
        low, high = sketch
        if low:
            self._low.put(low, key)
        if high:
            self._high.put(high, key)
