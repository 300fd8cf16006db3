"""How fine the past is, and for how long."""

from dataclasses import dataclass

BUCKET_S = 10
BUCKET_NS = BUCKET_S * 1_000_000_000
STEPS_S = (BUCKET_S, 60, 3600)
"""Seconds that one summary stands for, from fine to coarse; each divides the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long each fineness is kept, seconds.

    What a summary is made of is kept at least until it has been made, whatever is asked for.

    Attributes:
        readings_s: Each reading as it came.
        ten_seconds_s: Least, mean and greatest of each sensor in each 10 s.
        minutes_s: The same in each minute.
        hours_s: The same in each hour. Alarms and reactions are kept as long.
    """

    readings_s: float = 6 * 3600.0
    ten_seconds_s: float = 2 * 86_400.0
    minutes_s: float = 30 * 86_400.0
    hours_s: float = 5 * 365.25 * 86_400.0

    def spans_s(self) -> tuple[float, float, float, float]:
        """Return how long readings, and the summaries of each of `STEPS_S`, are kept.

        A reading may come as late as readings are kept. The summaries that it changes are made anew from finer ones,
        which must still be there.
        """
        spans = [max(self.readings_s, 2 * STEPS_S[0])]
        for asked, step in zip((self.ten_seconds_s, self.minutes_s, self.hours_s), (*STEPS_S[1:], 0), strict=True):
            spans.append(max(asked, spans[-1] + 2 * step))
        return spans[0], spans[1], spans[2], spans[3]
