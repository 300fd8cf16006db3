"""What a living program does: its threads, the global lock, its stacks, seen from outside."""

from turnout.observe._recording import IO_STATES as IO_STATES
from turnout.observe._recording import Frame as Frame
from turnout.observe._recording import Hold as Hold
from turnout.observe._recording import Recording as Recording
from turnout.observe._recording import Segment as Segment
from turnout.observe._recording import Stack as Stack
from turnout.observe._recording import State as State
from turnout.observe._recording import ThreadRecord as ThreadRecord
