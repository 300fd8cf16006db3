"""What a living program does: its threads, the global lock, its stacks, seen from outside."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy
from turnout.observe._recording import IO_STATES as IO_STATES
from turnout.observe._recording import Frame as Frame
from turnout.observe._recording import Hold as Hold
from turnout.observe._recording import Recording as Recording
from turnout.observe._recording import Segment as Segment
from turnout.observe._recording import Stack as Stack
from turnout.observe._recording import State as State
from turnout.observe._recording import ThreadRecord as ThreadRecord

if TYPE_CHECKING:
    from turnout.observe._watch import SelfWatch as SelfWatch
    from turnout.observe._watch import Watch as Watch

__getattr__, __dir__ = lazy(__name__, {"SelfWatch": "._watch", "Watch": "._watch"})
