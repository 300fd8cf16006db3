"""The process that measures: writes a line of JSON when a probe begins and another when it ends.

So whoever reads knows, should this process die, which probe killed it, and keeps what came before.

    {"kind": "fork_start", "event": "begin"}
    {"kind": "fork_start", "event": "samples", "samples": [2100000.0, ...]}
    {"kind": "interpreter_start", "event": "unavailable", "reason": "..."}
"""

import json
from collections.abc import Iterable, Mapping
from typing import TextIO

from turnout.clock import Clock
from turnout.errors import UnavailableError
from turnout.machine._types import CostKind
from turnout.machine.probes._table import PROBES, Probe


def measure(kinds: Iterable[str], clock: Clock, out: TextIO, probes: Mapping[CostKind, Probe] = PROBES) -> None:
    """Run the probes of ``kinds`` in their order, and write what they found to ``out``."""
    for kind in kinds:
        _write(out, {"kind": kind, "event": "begin"})
        try:
            samples = probes[CostKind(kind)](clock)
        except UnavailableError as error:
            _write(out, {"kind": kind, "event": "unavailable", "reason": error.reason})
        except OSError as error:  # a limit on processes, no shared memory: to be told, not to end the rest
            _write(out, {"kind": kind, "event": "failed", "reason": str(error)})
        else:
            _write(out, {"kind": kind, "event": "samples", "samples": samples})


def _write(out: TextIO, line: dict[str, object]) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()
