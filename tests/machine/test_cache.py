"""Costs kept from one call to the next."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from turnout.machine import Cost, CostKind, Costs, Unmeasured
from turnout.machine._cache import default_folder, keep, load

KEY = {"python": "3.11", "kernel": "6"}
GAP = Unmeasured(kind=CostKind.INTERPRETER_START, reason="needs a newer Python")
COSTS = Costs(
    measured=tuple(
        Cost(kind=kind, median=2.5, low=1.0, high=4.0, repeats=9) for kind in CostKind if kind is not GAP.kind
    ),
    unmeasured=(GAP,),
    timestamp="2026-01-02T03:04:05+0000",
    load=0.5,
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    problem = keep(tmp_path / "new" / "folder", KEY, COSTS)

    kept = load(tmp_path / "new" / "folder", KEY)

    assert problem == ""
    assert kept == replace(COSTS, cached=True)


def test_another_machine_finds_nothing(tmp_path: Path) -> None:
    keep(tmp_path, KEY, COSTS)

    kept = load(tmp_path, KEY | {"kernel": "7"})

    assert kept is None


def test_costs_whose_key_was_changed_by_hand_are_not_used(tmp_path: Path) -> None:
    keep(tmp_path, KEY, COSTS)
    file = next(tmp_path.iterdir())
    file.write_text(file.read_text().replace('"3.11"', '"3.12"'))

    kept = load(tmp_path, KEY)

    assert kept is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '{"key": 1}', "[" * 100_000, "\x00"])
def test_a_corrupt_file_is_no_error(tmp_path: Path, text: str) -> None:
    keep(tmp_path, KEY, COSTS)
    next(tmp_path.iterdir()).write_text(text)

    kept = load(tmp_path, KEY)

    assert kept is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("measured", []), ("measured", [{}]), ("unmeasured", 3), ("load", "x"), ("measured", [{"kind": "warp"}])],
)
def test_a_file_with_other_contents_is_no_error(tmp_path: Path, name: str, value: object) -> None:
    keep(tmp_path, KEY, COSTS)
    file = next(tmp_path.iterdir())
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))

    kept = load(tmp_path, KEY)

    assert kept is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    problem = keep(tmp_path / "file", KEY, COSTS)

    assert problem.endswith("File exists")


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    keep(tmp_path, KEY, COSTS)
    keep(tmp_path, KEY, COSTS)

    names = [file.suffix for file in tmp_path.iterdir()]

    assert names == [".json"]


def test_costs_are_kept_in_the_users_cache_folder() -> None:
    folder = default_folder()

    assert folder.parts[-2:] == ("turnout", "costs")
