"""What a process does with signals, from the masks in its ``status``: bit 0 is signal 1."""

import signal
from collections.abc import Mapping

from turnout.observe._holdings import Signals


def signal_names(mask: str) -> tuple[str, ...]:
    """Return the names of the signals in a mask, by number.

    Args:
        mask: In hexadecimal digits.
    """
    bits = int(mask or "0", 16)
    return tuple(signal_name(bit + 1) for bit in range(bits.bit_length()) if bits >> bit & 1)


def signal_name(number: int) -> str:
    """Return the name of a signal: ``"SIGINT"``, ``"SIGRTMIN+3"``; those that the C library keeps have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        first = int(getattr(signal, "SIGRTMIN", number + 1))
        return f"SIGRTMIN+{number - first}" if number > first else f"SIG{number}"


def read_signals(status: Mapping[str, str]) -> Signals:
    """Return what the masks of a ``status`` file say."""
    pending = int(status.get("SigPnd") or "0", 16) | int(status.get("ShdPnd") or "0", 16)
    return Signals(
        handled=signal_names(status.get("SigCgt", "")),
        ignored=signal_names(status.get("SigIgn", "")),
        blocked=signal_names(status.get("SigBlk", "")),
        pending=signal_names(f"{pending:x}"),
    )
