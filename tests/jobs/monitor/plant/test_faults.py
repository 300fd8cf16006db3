"""How faults are written down."""

from math import inf
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.jobs.monitor.plant import FaultKind, parse_fault, read_faults


@pytest.mark.parametrize(
    ("text", "kind", "place", "numbers"),
    [
        ("fan:z1", FaultKind.FAN, "z1", (0.0, inf, 0.3)),
        ("spike:z1@60", FaultKind.SPIKE, "z1", (60.0, inf, 6000.0)),
        ("stuck:r1/inlet+5.5", FaultKind.STUCK, "r1/inlet", (0.0, 5.5, 0.0)),
        ("drift:r1/inlet@1e3+60=-2.5", FaultKind.DRIFT, "r1/inlet", (1000.0, 60.0, -2.5)),
        ("lost:a:b@1", FaultKind.LOST, "a:b", (1.0, inf, 0.0)),
    ],
)
def test_an_option_tells_of_a_fault(
    text: str, kind: FaultKind, place: str, numbers: tuple[float, float, float]
) -> None:
    fault = parse_fault(text)

    assert (fault.kind, fault.place) == (kind, place)
    assert (fault.start_s, fault.duration_s, fault.size) == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a fault; write one as"),
        ("fan", "is not a fault"),
        ("fann:z1", "did you mean 'fan'"),
        ("fire:z1", "known: fan, spike, stuck, drift, lost"),
        ("fan:z1@soon", "'soon' in 'fan:z1@soon' is not a number of seconds"),
        ("fan:z1@-1", "after 0 or more seconds"),
        ("fan:z1@nan", "after 0 or more seconds"),
        ("fan:z1+0", "more than 0 seconds"),
        ("fan:z1=1", "the share of the air that is left"),
        ("spike:z1=inf", "0 to 1,000,000 watts"),
        ("spike:z1=-1", "0 to 1,000,000 watts"),
        ("drift:r1=nan", "at most 1,000,000 degrees an hour"),
    ],
)
def test_what_tells_of_no_fault_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_fault(text)


def test_a_schedule_is_a_file_of_tables(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(
        "[[fault]]\nkind = 'fan'\nplace = 'z1'\nstart_s = 60\n[[fault]]\nkind = 'lost'\nplace = 'r1/inlet'\n"
    )

    faults = read_faults(file)

    assert [(fault.kind.value, fault.place, fault.start_s) for fault in faults] == [
        ("fan", "z1", 60.0),
        ("lost", "r1/inlet", 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[fault]]\nkind = 'fan'", "fault 1: a fault needs a place"),
        ("[[fault]]\nkind = 3\nplace = 'z'", "a fault needs a kind"),
        ("[[fault]]\nkind = 'fan'\nplace = 'z'\nsize = 'much'", "size is a number, not 'much'"),
        ("[[fault]]\nkind = 'fan'\nplace = 'z'\nsize = true", "size is a number"),
        (f"[[fault]]\nkind = 'fan'\nplace = 'z'\nsize = 1{'0' * 400}", "beyond all measure"),
        ("[[fault]]\nkind = 'fan'\nplace = 'z'\nends = 3", "a fault has no 'ends'"),
        ("fault = 3", "holds something else"),
        ("[faults]", "holds something else"),
        ("[[fault", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_schedule_is_told(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=words):
        read_faults(file)


def test_a_schedule_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_faults(tmp_path / "none.toml")
