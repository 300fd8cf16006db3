"""Every measurement, in the order in which they are made."""

from collections.abc import Callable
from functools import partial

from turnout.clock import Clock
from turnout.machine._types import CostKind
from turnout.machine.probes import _interpreters, _memory, _processes, _shared_memory, _switches, _threads

Probe = Callable[[Clock], list[float]]

# What forks comes before what leaves helpers behind; subinterpreters come last, since a fork beside one can crash.
PROBES: dict[CostKind, Probe] = {
    CostKind.FORK_START: partial(_processes.process_start_ns, method="fork", repeats=15),
    CostKind.FORK_MEMORY: partial(_processes.process_memory_bytes, method="fork"),
    CostKind.THREAD_MEMORY: _memory.thread_memory_bytes,
    CostKind.PROCESS_SWITCH: _switches.process_switch_ns,
    CostKind.PIPE_ROUND_TRIP: _processes.round_trip_ns,
    CostKind.PIPE_BANDWIDTH: _processes.pipe_bytes_per_s,
    CostKind.SHARED_MEMORY_BANDWIDTH: _shared_memory.shared_memory_bytes_per_s,
    CostKind.THREAD_START: _threads.thread_start_ns,
    CostKind.THREAD_SWITCH: _switches.thread_switch_ns,
    CostKind.LOCK_FREE: _threads.free_lock_ns,
    CostKind.LOCK_CONTENDED: _threads.contended_lock_ns,
    CostKind.FORKSERVER_START: partial(_processes.process_start_ns, method="forkserver"),
    CostKind.FORKSERVER_MEMORY: partial(_processes.process_memory_bytes, method="forkserver"),
    CostKind.SPAWN_START: partial(_processes.process_start_ns, method="spawn"),
    CostKind.SPAWN_MEMORY: partial(_processes.process_memory_bytes, method="spawn"),
    CostKind.INTERPRETER_MEMORY: _interpreters.interpreter_memory_bytes,
    CostKind.INTERPRETER_START: _interpreters.interpreter_start_ns,
}
