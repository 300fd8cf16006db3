"""Times in which a thread was seen in one state, kept as plain numbers: they are many, and come a thousand a second."""

from array import array
from collections import defaultdict
from typing import Self

from turnout.observe._recording import Segment, State

_STATES = tuple(State)
_NUMBERS = {state: number for number, state in enumerate(_STATES)}
_WORDS = 5  # of each: start, end, state, stack, step
_START, _END, _STATE = 0, 1, 2


class Segments:
    """Segments of a thread, one after the other; neighbours differ in state, stack or step."""

    def __init__(self) -> None:
        self._words = array("q")

    def __len__(self) -> int:
        return len(self._words) // _WORDS

    @property
    def wall_ns(self) -> int:
        """From the start of the first to the end of the last."""
        return self._words[_END - _WORDS] - self._words[_START] if self._words else 0

    def append(self, start_ns: int, end_ns: int, state: State, stack: int, step: int = 0) -> None:
        """Add one, or make the last one longer."""
        self._add(start_ns, end_ns, _NUMBERS[state], stack, step)

    def thinned(self) -> Self:
        """Return them with each two neighbours merged into one, so that each state keeps its part of the whole."""
        words, merged = self._words, type(self)()
        owed_ns: defaultdict[int, int] = defaultdict(int)
        for place in range(0, len(words), 2 * _WORDS):
            pair = [words[at : at + _WORDS] for at in (place, place + _WORDS) if at < len(words)]
            for one in pair:
                owed_ns[one[_STATE]] += one[_END] - one[_START]
            kept = max(pair, key=lambda one: owed_ns[one[_STATE]])
            start_ns, end_ns = pair[0][_START], pair[-1][_END]
            owed_ns[kept[_STATE]] -= end_ns - start_ns
            merged._add(start_ns, end_ns, *kept[_STATE:])  # noqa: SLF001  of this class
        return merged

    def told(self) -> tuple[Segment, ...]:
        """Return them as values."""
        words = self._words
        return tuple(
            Segment(
                start_ns=words[at],
                end_ns=words[at + 1],
                state=_STATES[words[at + 2]],
                stack=words[at + 3],
                step=words[at + 4],
            )
            for at in range(0, len(words), _WORDS)
        )

    def _add(self, start_ns: int, end_ns: int, state: int, stack: int, step: int) -> None:
        words = self._words
        if words and words[-3] == state and words[-2] == stack and words[-1] == step:
            words[-4] = end_ns
        else:
            words.extend((start_ns, end_ns, state, stack, step))
