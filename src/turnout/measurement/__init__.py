"""What it cost: heats, medians, intervals, the environment, and our own overhead."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy
from turnout.measurement._types import Contender as Contender
from turnout.measurement._types import Environment as Environment
from turnout.measurement._types import Heat as Heat
from turnout.measurement._types import Interval as Interval
from turnout.measurement._types import Measurement as Measurement
from turnout.measurement._types import Refusal as Refusal

if TYPE_CHECKING:
    from turnout.measurement._fingerprint import fingerprint as fingerprint
    from turnout.measurement._fingerprint import fingerprints as fingerprints
    from turnout.measurement._statistics import median_interval as median_interval
    from turnout.measurement._statistics import overlap as overlap
    from turnout.measurement._statistics import ratio_interval as ratio_interval

__getattr__, __dir__ = lazy(
    __name__,
    {
        "fingerprint": "._fingerprint",
        "fingerprints": "._fingerprint",
        "median_interval": "._statistics",
        "overlap": "._statistics",
        "ratio_interval": "._statistics",
    },
)
