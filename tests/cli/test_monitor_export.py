"""``turnout monitor export``: a history as a table for other programs."""

import argparse
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_histories import SECOND, START, Kept, batch, steady
from turnout.cli._monitor_export import add_arguments, run
from turnout.errors import UsageError

HEADER = ["time", "sensor", "rack", "zone", "room", "kind"]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "state")
    made.history.add(steady(made.layout, range(25)))
    made.commit(60)
    yield made
    made.history.close()


def export(kept: Kept, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([*words, "--state", str(kept.folder)]))


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_readings_become_csv(kept: Kept, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    status = export(kept, str(tmp_path / "out.csv"))

    rows = rows_of((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert status == 0
    assert rows[0] == [*HEADER, "value"]
    assert rows[6] == ["2026-01-01T00:00:01.000Z", "r2/inlet", "r2", "z1", "hall-1", "inlet", "21.01"]
    assert len(rows) == 1 + 4 * 25
    assert capfd.readouterr().err == "turnout monitor: 100 rows\n"


def test_summaries_of_one_zone_are_printed(kept: Kept, capfd: pytest.CaptureFixture[str]) -> None:
    export(
        kept, "-", "--level", "10s", "--zone", "z2", "--from", "2026-01-01T00:00:10Z", "--to", "2026-01-01T00:00:20Z"
    )

    rows = rows_of(capfd.readouterr().out)
    assert rows[0] == [*HEADER, "count", "low", "mean", "high"]
    assert [row[:2] for row in rows[1:]] == [["2026-01-01T00:00:10.000Z", name] for name in ("r3/inlet", "r4/inlet")]
    assert rows[1][6] == "10"
    assert rows[1][7:] == ["22.1", "22.145", "22.19"]


def test_parquet_holds_times_names_and_figures(kept: Kept, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    export(kept, str(tmp_path / "out.parquet"))

    table = parquet.read_table(tmp_path / "out.parquet")
    row = table.slice(5, 1).to_pylist()[0]

    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert table.num_rows == 100
    assert (row["sensor"], row["zone"], row["value"]) == ("r2/inlet", "z1", 21.01)
    assert row["time"].isoformat() == "2026-01-01T00:00:01+00:00"


def test_times_finer_than_a_millisecond_stay_so(kept: Kept, capfd: pytest.CaptureFixture[str]) -> None:
    kept.history.add(batch([(0, 20, 61.000_000_5)]))
    kept.commit(70)

    export(kept, "-", "--from", "2026-01-01T00:01:00Z")

    assert rows_of(capfd.readouterr().out)[1][0] == "2026-01-01T00:01:01.000000500Z"


def test_a_time_may_be_said_from_now(kept: Kept, capfd: pytest.CaptureFixture[str]) -> None:
    export(kept, "-", "--to", "900000h")

    assert len(rows_of(capfd.readouterr().out)) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["out.txt"], "'out.txt' ends in neither .parquet nor .csv"),
        (["-", "--from", "yesterday"], "'yesterday' is not a time; write 2026-11-28T17:00"),
        (["-", "--to", "99999-01-01"], "is not a time"),
        (["-", "--zone", "z9"], "the history knows no zone 'z9'; it has z1, z2"),
        (["nowhere/at/all.csv"], "'nowhere/at/all.csv' cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_told(kept: Kept, words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as told:
        export(kept, *words)

    assert message in str(told.value)


def test_a_folder_without_a_history_is_told_and_no_file_is_left(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args([str(tmp_path / "out.csv"), "--state", str(tmp_path)])

    with pytest.raises(UsageError, match="there is no history in"):
        run(options)

    assert list(tmp_path.iterdir()) == []


def test_a_complaint_comes_before_anything_is_printed(kept: Kept, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="knows no zone 'z9'"):
        export(kept, "-", "--zone", "z9")

    assert capfd.readouterr().out == ""


def test_a_comma_in_a_name_breaks_no_row(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kept = Kept(tmp_path / "state")
    kept.connection.execute("UPDATE sensors SET zone = 'a \"b\", c' WHERE name = 'r1/inlet'")
    kept.history.add(batch([(0, 20, 0)]))
    kept.history.commit(START + SECOND)

    export(kept, "-")
    kept.history.close()

    assert rows_of(capfd.readouterr().out)[1][3] == 'a "b", c'
