"""Charts that need no script: bars of wall times, and curves of scaling."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol

from turnout.advise import Scaling, amdahl_speedup, usl_speedup
from turnout.measurement import Interval
from turnout.report._markup import Markup, join, tag
from turnout.report._words import duration, number, plain, plural, significant, span_of, times

_CURVE_POINTS = 60
_HEADROOM = 1.08  # so that no mark touches the frame


class HasWall(Protocol):
    """A contender's wall time."""

    @property
    def name(self) -> str:
        """Safe to show."""
        ...

    @property
    def wall_s(self) -> float:
        """Median, seconds."""
        ...

    @property
    def interval(self) -> Interval:
        """Where that median lies, seconds."""
        ...

    @property
    def chosen(self) -> bool:
        """Whether it stands out."""
        ...


def wall_bars(rows: Sequence[HasWall]) -> Markup:
    """Return a list of bars, one for each contender, with the median's interval as a whisker."""
    longest = max((row.interval.high for row in rows), default=0.0) or 1.0
    return tag("ol", (_bar(row, longest * 1.01) for row in rows), class_="bars")


def _bar(row: HasWall, longest: float) -> Markup:
    low, high = (_percent(edge / longest) for edge in (row.interval.low, row.interval.high))
    whisker = join(
        tag("line", x1=low, x2=high, y1="50%", y2="50%", class_="halo"),
        tag("line", x1=low, x2=high, y1="50%", y2="50%", class_="whisker"),
        tag("line", x1=low, x2=low, y1="22%", y2="78%", class_="whisker"),
        tag("line", x1=high, x2=high, y1="22%", y2="78%", class_="whisker"),
    )
    picture = tag(
        "svg",
        tag("rect", x="0", y="12%", width=_percent(row.wall_s / longest), height="76%", rx="2", class_="bar"),
        whisker,
        aria_hidden="true",
        focusable="false",
    )
    interval = span_of(row.interval.low, row.interval.high)
    return tag(
        "li",
        tag("span", tag("bdi", row.name), class_="name"),
        picture,
        tag("span", tag("b", duration(row.wall_s)), " ", tag("small", interval), class_="value"),
        class_="chosen" if row.chosen else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its words.

    Attributes:
        name: What stands before it.
        share: How long it is, 0 to 1.
        value: What stands behind it.
        more: What stands behind that, smaller.
        chosen: Whether it stands out.
    """

    name: str
    share: float
    value: str
    more: str = ""
    chosen: bool = False


def plain_bars(bars: Iterable[Bar]) -> Markup:
    """Return a list of bars without whiskers."""
    return tag("ol", map(_plain_bar, bars), class_="bars")


def _plain_bar(bar: Bar) -> Markup:
    picture = tag(
        "svg",
        tag("rect", x="0", y="12%", width=_percent(bar.share), height="76%", rx="2", class_="bar"),
        aria_hidden="true",
        focusable="false",
    )
    return tag(
        "li",
        tag("span", tag("bdi", bar.name), class_="name"),
        picture,
        tag("span", tag("b", bar.value), " ", tag("small", bar.more), class_="value"),
        class_="chosen" if bar.chosen else None,
    )


def rate_chart(spans: Sequence[tuple[float, float, float]], unit: str) -> Markup:
    """Return how a rate went, as columns side by side.

    Args:
        spans: Start and length of each, seconds, and the rate in it.
        unit: What the rate counts: ``"answers a second"``.
    """
    end = max(start + length for start, length, _ in spans) or 1.0
    most = max(rate for *_, rate in spans)
    top = (most or 1.0) * _HEADROOM
    columns = (
        tag(
            "rect",
            tag("title", f"{duration(start)} to {duration(start + length)}: {significant(rate)} {unit}"),
            x=_percent(start / end),
            y=_percent(1 - rate / top),
            width=_percent(length / end),
            height=_percent(rate / top),
            class_="bar",
        )
        for start, length, rate in spans
    )
    across = (
        join(
            tag("line", x1="0", x2="100%", y1=_percent(1 - rate / top), y2=_percent(1 - rate / top), class_="grid"),
            tag("text", significant(rate), x="-8", y=_percent(1 - rate / top), class_="tick y"),
        )
        for rate in dict.fromkeys((0.0, most / 2, most))
    )
    below = (
        tag("text", duration(share * end), x=_percent(share), y="100%", dy="18", class_="tick x")
        for share in (0.0, 0.5, 1.0)
    )
    rates = [rate for *_, rate in spans]
    said = f"{unit} over {duration(end)}: first {significant(rates[0])}, at most {significant(most)}"
    picture = tag(
        "svg",
        across,
        columns,
        below,
        role="img",
        aria_label=f"{said}, last {significant(rates[-1])}",
        class_="plot rates",
    )
    return tag("div", picture, class_="plot-box")


def scaling_chart(scaling: Scaling) -> Markup:
    """Return the measured speed-ups over workers, with both laws' curves and the ideal line."""
    points = [(workers, gain) for workers, gain in scaling.points if 0 <= gain < float("inf")]
    most_workers = max((workers for workers, _ in points), default=1)
    reach = max(2.0, most_workers * 1.25)
    top = max(1.5, *(gain for _, gain in points), _law_peak(scaling, reach)) * _HEADROOM if points else 2.0
    frame = _Frame(reach, top)
    curves = tag(
        "svg",
        frame.curve(lambda workers: workers, "ideal"),
        frame.curve(partial(amdahl_speedup, scaling.parallel_share), "amdahl"),
        frame.curve(partial(usl_speedup, scaling.contention, scaling.coherency), "usl"),
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        class_="curves",
    )
    marks = (
        tag(
            "circle",
            tag("title", f"{plural(w, 'worker')}: {times(g)}"),
            cx=frame.x(w),
            cy=frame.y(g),
            r="5",
            class_="dot",
        )
        for w, g in points
    )
    said = "; ".join(f"{plural(workers, 'worker')}: {times(gain)}" for workers, gain in points)
    picture = tag(
        "svg",
        frame.grid({workers for workers, _ in points}),
        curves,
        marks,
        role="img",
        aria_label=f"Speed-up of {plain(scaling.executor, 40)} over workers. {said}",
        class_="plot",
    )
    key = tag(
        "ul",
        tag("li", "measured", class_="key-dot"),
        tag("li", "Amdahl's law", class_="key-amdahl"),
        tag("li", "universal scalability law", class_="key-usl"),
        tag("li", "ideal", class_="key-ideal"),
        class_="key",
    )
    return join(tag("div", picture, class_="plot-box"), key)


def _law_peak(scaling: Scaling, reach: float) -> float:
    return max(amdahl_speedup(scaling.parallel_share, reach), usl_speedup(scaling.contention, scaling.coherency, reach))


class _Frame:
    """Maps workers and speed-ups to places in the picture, in per cent."""

    def __init__(self, reach: float, top: float) -> None:
        self._reach = reach
        self._top = top

    def x(self, workers: float) -> str:
        return _percent(self._across(workers))

    def y(self, gain: float) -> str:
        return _percent(1 - gain / self._top)

    def curve(self, law: Callable[[float], float], name: str) -> Markup:
        step = (self._reach - 1) / _CURVE_POINTS
        found = [(1 + step * place, law(1 + step * place)) for place in range(_CURVE_POINTS + 1)]
        inside = [one for one in found if one[1] <= self._top]
        places = " ".join(f"{self._across(w) * 100:.2f},{(1 - g / self._top) * 100:.2f}" for w, g in inside)
        return tag("polyline", points=places, class_=f"curve {name}")

    def grid(self, workers: set[int]) -> Markup:
        steps = [step for step in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if self._top / step <= 6]  # noqa: PLR2004
        step = steps[0] if steps else self._top
        heights = [step * place for place in range(int(self._top / step) + 1)]
        across = (
            join(
                tag("line", x1="0", x2="100%", y1=self.y(gain), y2=self.y(gain), class_="grid"),
                tag("text", f"{gain:g}x", x="-8", y=self.y(gain), class_="tick y"),
            )
            for gain in heights
        )
        shown = [one for one, following in pairwise([*sorted(workers), 10**9]) if self._apart(one, following)]
        below = (tag("text", number(count), x=self.x(count), y="100%", dy="18", class_="tick x") for count in shown)
        return join(across, below)

    def _across(self, workers: float) -> float:
        return 0.03 + 0.94 * (workers - 1) / (self._reach - 1)

    def _apart(self, one: int, following: int) -> bool:
        return self._across(following) - self._across(one) > 0.06  # noqa: PLR2004  else their numbers collide


def _percent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"
