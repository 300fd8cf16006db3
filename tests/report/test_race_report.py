from html.parser import HTMLParser
from pathlib import Path

import pytest

from report_samples import download_report, hostile_report
from turnout.errors import UsageError


class Frames(HTMLParser):
    """Collects what the frames of a page hold, and counts all else."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[str] = []
        self.others = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs)["srcdoc"] or "")
        else:
            self.others += 1


def test_the_best_is_the_measurement_of_the_choice() -> None:
    report = download_report()

    assert report.best is report.measurements[1]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("race.html", "<!doctype html>"),
        ("race.HTM", "<!doctype html>"),
        ("race.json", "{\n"),
        ("race.trace.json", '{"displayTimeUnit"'),
        ("race.txt", "download 10 images\n"),
    ],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, name: str, start: str) -> None:
    path = download_report().save(tmp_path / name)

    assert path.read_text(encoding="utf-8").startswith(start)


def test_hostile_text_can_be_saved(tmp_path: Path) -> None:
    paths = [hostile_report().save(str(tmp_path / f"a.{suffix}")) for suffix in ("html", "json", "trace.json", "txt")]

    assert all(path.stat().st_size for path in paths)


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'race\.pdf'; end it in \.html, \.json, \.txt or \.trace\.json"):
        download_report().save(tmp_path / "race.pdf")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    report = hostile_report()
    frames = Frames()

    frames.feed(report._repr_html_())

    assert frames.frames == [report.to_html()]
    assert frames.others == 0


def test_a_report_prints_as_its_text() -> None:
    report = download_report()

    assert str(report) == report.to_text()
