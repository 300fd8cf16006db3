"""Costs kept from one call to the next; the only module that imports platformdirs."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

from turnout.machine._types import Cost, CostKind, Costs, Unmeasured


def default_folder() -> Path:
    """Return the user's cache folder for costs."""
    return Path(platformdirs.user_cache_dir("turnout", appauthor=False)) / "costs"


def load(folder: Path, key: Mapping[str, str]) -> Costs | None:
    """Return the costs kept under ``key``, or None if there are none that can be read."""
    try:
        kept: Any = json.loads(_file(folder, key).read_text(encoding="utf-8"))  # a file may hold anything
        if kept["key"] != dict(key):
            return None
        costs = Costs(
            measured=tuple(_cost(entry) for entry in kept["measured"]),
            unmeasured=tuple(_unmeasured(entry) for entry in kept["unmeasured"]),
            timestamp=str(kept["timestamp"]),
            load=None if kept["load"] is None else float(kept["load"]),
            cached=True,
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    present = [cost.kind for cost in costs.measured] + [gap.kind for gap in costs.unmeasured]
    return costs if sorted(present) == sorted(CostKind) else None


def keep(folder: Path, key: Mapping[str, str], costs: Costs) -> str:
    """Keep ``costs`` under ``key`` and return ``""``, or why it could not be done."""
    text = json.dumps(
        {
            "key": dict(key),
            "measured": [asdict(cost) for cost in costs.measured],
            "unmeasured": [asdict(gap) for gap in costs.unmeasured],
            "timestamp": costs.timestamp,
            "load": costs.load,
        },
        indent=1,
    )
    draft = folder / f"{os.getpid()}.tmp"  # renamed into place, so that two calls at once leave one whole file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(_file(folder, key))
    except OSError as error:
        with suppress(OSError):  # it may never have come to be
            draft.unlink()
        return f"{folder}: {error.strerror or error}"
    return ""


def _file(folder: Path, key: Mapping[str, str]) -> Path:
    digest = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()
    return folder / f"{digest[:24]}.json"


def _cost(entry: Any) -> Cost:  # a file may hold anything
    return Cost(
        kind=CostKind(entry["kind"]),
        median=float(entry["median"]),
        low=float(entry["low"]),
        high=float(entry["high"]),
        repeats=int(entry["repeats"]),
    )


def _unmeasured(entry: Any) -> Unmeasured:  # likewise
    return Unmeasured(kind=CostKind(entry["kind"]), reason=str(entry["reason"]))
