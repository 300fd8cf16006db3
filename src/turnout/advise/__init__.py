"""What bounds the work and what suits it: pure, values in and values out."""

from turnout.advise._types import Bound as Bound
from turnout.advise._types import Choice as Choice
from turnout.advise._types import Diagnosis as Diagnosis
from turnout.advise._types import Finding as Finding
from turnout.advise._types import Projection as Projection
from turnout.advise._types import Scaling as Scaling
