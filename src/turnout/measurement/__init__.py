"""What it cost: heats, medians, intervals, the environment, and our own overhead."""

from turnout.measurement._types import Contender as Contender
from turnout.measurement._types import Environment as Environment
from turnout.measurement._types import Heat as Heat
from turnout.measurement._types import Interval as Interval
from turnout.measurement._types import Measurement as Measurement
from turnout.measurement._types import Refusal as Refusal
