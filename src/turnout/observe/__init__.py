"""What a living program does: its threads, the global lock, its stacks, seen from outside."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy
from turnout.observe._recording import IO_STATES as IO_STATES
from turnout.observe._recording import Frame as Frame
from turnout.observe._recording import Hold as Hold
from turnout.observe._recording import LockHolder as LockHolder
from turnout.observe._recording import Recording as Recording
from turnout.observe._recording import Segment as Segment
from turnout.observe._recording import Stack as Stack
from turnout.observe._recording import State as State
from turnout.observe._recording import TaskRecord as TaskRecord
from turnout.observe._recording import TaskState as TaskState
from turnout.observe._recording import ThreadRecord as ThreadRecord

if TYPE_CHECKING:
    from turnout.observe._connections import Channel as Channel
    from turnout.observe._connections import Channels as Channels
    from turnout.observe._connections import End as End
    from turnout.observe._connections import Queue as Queue
    from turnout.observe._connections import Relative as Relative
    from turnout.observe._connections import SegmentKind as SegmentKind
    from turnout.observe._connections import Semaphore as Semaphore
    from turnout.observe._connections import SharedSegment as SharedSegment
    from turnout.observe._describe import describe_process as describe_process
    from turnout.observe._holdings import Descriptor as Descriptor
    from turnout.observe._holdings import DescriptorKind as DescriptorKind
    from turnout.observe._holdings import Descriptors as Descriptors
    from turnout.observe._holdings import MemoryMap as MemoryMap
    from turnout.observe._holdings import MemoryUse as MemoryUse
    from turnout.observe._holdings import Region as Region
    from turnout.observe._holdings import RegionKind as RegionKind
    from turnout.observe._holdings import Signals as Signals
    from turnout.observe._holdings import Socket as Socket
    from turnout.observe._places import short_path as short_path
    from turnout.observe._portable_sampler import command_of as command_of
    from turnout.observe._runtime import read_stacks as read_stacks
    from turnout.observe._tasks import Python as Python
    from turnout.observe._tasks import StackReader as StackReader
    from turnout.observe._tasks import SystemCall as SystemCall
    from turnout.observe._tasks import Thread as Thread
    from turnout.observe._tasks import ThreadState as ThreadState
    from turnout.observe._types import Account as Account
    from turnout.observe._types import CommandLine as CommandLine
    from turnout.observe._types import CpuTime as CpuTime
    from turnout.observe._types import Environment as Environment
    from turnout.observe._types import Owner as Owner
    from turnout.observe._types import Policy as Policy
    from turnout.observe._types import Process as Process
    from turnout.observe._types import Scheduling as Scheduling
    from turnout.observe._types import Variable as Variable
    from turnout.observe._unknown import NOT_PERMITTED as NOT_PERMITTED
    from turnout.observe._unknown import Unknown as Unknown
    from turnout.observe._watch import SelfWatch as SelfWatch
    from turnout.observe._watch import Watch as Watch

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Channel": "._connections",
        "Channels": "._connections",
        "End": "._connections",
        "Queue": "._connections",
        "Relative": "._connections",
        "SharedSegment": "._connections",
        "SegmentKind": "._connections",
        "Semaphore": "._connections",
        "describe_process": "._describe",
        "Descriptor": "._holdings",
        "DescriptorKind": "._holdings",
        "Descriptors": "._holdings",
        "MemoryMap": "._holdings",
        "MemoryUse": "._holdings",
        "Region": "._holdings",
        "RegionKind": "._holdings",
        "Signals": "._holdings",
        "Socket": "._holdings",
        "Python": "._tasks",
        "StackReader": "._tasks",
        "ThreadState": "._tasks",
        "SystemCall": "._tasks",
        "Thread": "._tasks",
        "Account": "._types",
        "CommandLine": "._types",
        "CpuTime": "._types",
        "Environment": "._types",
        "Owner": "._types",
        "Policy": "._types",
        "Process": "._types",
        "Scheduling": "._types",
        "Variable": "._types",
        "NOT_PERMITTED": "._unknown",
        "Unknown": "._unknown",
        "command_of": "._portable_sampler",
        "short_path": "._places",
        "read_stacks": "._runtime",
        "SelfWatch": "._watch",
        "Watch": "._watch",
    },
)
