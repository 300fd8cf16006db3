"""``turnout crawl``."""

import argparse
import json
from pathlib import Path

import pytest

from crawl_sites import html, site_of
from turnout.cli import main
from turnout.cli._crawl_options import add_crawl_options, options_of
from turnout.errors import ExitStatus

pytestmark = pytest.mark.integration

SITE = {"/": html("Start", "/a", "/b", "/missing"), "/a": html("Aardvarks live here"), "/b": html("Bees live there")}


def test_a_site_is_crawled_and_its_standing_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with site_of(SITE) as site:
        status = main(["crawl", site.url, "--state", str(tmp_path / "state")])
        crawled = capsys.readouterr().out
        looked = main(["crawl", "--state", str(tmp_path / "state"), "--report"])
        report = capsys.readouterr().out

    assert (status, looked) == (ExitStatus.FINDING, ExitStatus.OK)
    assert "4 addresses found: 3 fetched, 0 waiting, 1 failed." in crawled
    assert "200 x 3, 404 x 1" in crawled
    assert "/missing" in report
    assert "status 404" in report
    assert "handing pages to the index" in report


def test_the_standing_is_given_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with site_of(SITE) as site:
        main(["crawl", site.url, "--state", str(tmp_path), "--no-index", "--quiet"])
        quiet = capsys.readouterr()
        main(["crawl", "--state", str(tmp_path), "--report", "--json", "-"])

        told = json.loads(capsys.readouterr().out)

    assert (quiet.out, quiet.err) == ("", "")
    assert told["schema"] == "turnout-crawl/1"
    assert (told["found"], told["done"], told["failed"], told["statuses"]) == (4, 3, 1, {"200": 3, "404": 1})
    assert [failure["reason"] for failure in told["failures"]] == ["status 404"]


def test_the_report_is_written_as_a_page_and_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page, values = tmp_path / "crawl.html", tmp_path / "crawl.json"
    with site_of(SITE) as site:
        words = ["--html", str(page), "--json", str(values), "--quiet", "--no-index"]
        main(["crawl", site.url, "--state", str(tmp_path / "state"), *words])

    assert capsys.readouterr().out == ""
    assert "/missing" in page.read_text()
    assert json.loads(values.read_text())["done"] == 3


def test_all_answers_are_kept_in_an_archive_that_goes_on(tmp_path: Path) -> None:
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415  as only this test reads one

    archive = tmp_path / "site.warc.gz"
    with site_of(SITE) as site:
        words = ["crawl", site.url, "--state", str(tmp_path / "state"), "--warc", str(archive), "--no-index", "--quiet"]
        main([*words, "--max-pages", "2"])
        with archive.open("ab") as file:
            file.write(b"what a kill has left behind")
        main(words)
        with archive.open("rb") as file:
            kept = {
                record.rec_headers.get_header("WARC-Target-URI"): record.content_stream().read()
                for record in ArchiveIterator(file)
                if record.rec_type == "response"
            }

        assert kept[f"{site.url}/a"] == SITE["/a"]
        assert set(kept) == {f"{site.url}{path}" for path in ("/", "/a", "/b", "/missing")}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ftp://example.org", "--state", "STATE"], "is not an address of the web"),
        (["--state", "STATE"], "is no crawl yet; say where to begin"),
        (["--state", "STATE", "--shards", "2"], "is no crawl yet; say where to begin"),
        (["http://x", "--state", ""], "argument --state: it is empty"),
        (["--state", "STATE", "--status"], "is not the folder of a crawl"),
        (["http://x", "--state", "STATE", "--status"], "crawl nothing; leave out the addresses"),
        (["http://x", "--state", "STATE", "--include", "("], "is not a regular expression"),
        (["http://x", "--state", "STATE", "--delay", "-1"], "is not a number of seconds of at least 0"),
        (["-i", "nowhere.txt", "--state", "STATE"], "cannot be read"),
        (["http://x"], "--state"),
        (["http://x", "--state", "/proc/nowhere"], "cannot be used"),
        (["http://x", "--state", "STATE", "--agent", "a\nb"], "must be one line of text"),
        (["http://x", "--state", "STATE", "--agent", " "], "must be one line of text"),
        (["http://x", "--state", "STATE", "--agent", "é€"], "must be one line of text in ASCII"),
        (["http://x", "--state", "STATE", "--resolve", "a"], "'a' is not NAME:PORT:ADDRESS, such as"),
        (["http://x", "--state", "STATE", "--resolve", "a:80:b"], "'a:80:b' is not NAME:PORT:ADDRESS"),
        (["http://x", "--state", "STATE", "--resolve", "a:99999:::1"], "is not NAME:PORT:ADDRESS"),
        (["http://x", "--state", "STATE", "--resolve", "a:80:"], "is not NAME:PORT:ADDRESS"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = main(["crawl", *(word.replace("STATE", str(tmp_path / "state")) for word in words)])

    said = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("shards", [[], ["--shards", "2"]])
def test_a_crawl_without_an_address_leaves_no_folder_behind(shards: list[str], tmp_path: Path) -> None:
    status = main(["crawl", "--state", str(tmp_path / "state"), *shards])

    assert status == ExitStatus.USAGE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "then", "sentence"),
    [
        ([], ["--shards", "2"], "has no shards; go on without --shards, or name another folder"),
        (["--shards", "2"], [], "has 2 shards; go on with --shards 2, or name another folder"),
    ],
)
def test_a_crawl_goes_on_with_shards_only_if_it_was_begun_with_them(
    first: list[str], then: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with site_of(SITE) as site:
        words = ["crawl", site.url, "--state", str(tmp_path), "--no-index", "--quiet"]
        main([*words, *first])
        begun = sorted(tmp_path.iterdir())
        status = main([*words, *then])

    assert status == ExitStatus.USAGE
    assert sentence in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == begun


@pytest.mark.parametrize("place", ["192.0.2.1", "[2001:db8::1]", "2001:db8::1", "192.0.2.1,192.0.2.2"])
def test_the_place_of_a_name_is_what_curl_can_read(place: str) -> None:
    parser = argparse.ArgumentParser()
    add_crawl_options(parser)

    options = parser.parse_args(["--state", "x", "--resolve", f"a:80:{place}", "--resolve", f"[::1]:8:{place}"])

    assert options_of(options).resolve == (f"a:80:{place}", f"[::1]:8:{place}")


@pytest.mark.parametrize("shards", [[], ["--shards", "2"]])
def test_a_seed_that_failed_is_told_of_with_its_reason_and_tried_again(
    shards: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with site_of(SITE) as site:
        seed = f"http://nowhere.invalid:{site.port}/a"
        words = ["crawl", seed, "--state", str(tmp_path), "--no-index", "--delay", "0", *shards]
        first = main(words)
        told = capsys.readouterr().out
        main(["crawl", "--state", str(tmp_path), "--report", "--json", "-"])
        failures = json.loads(capsys.readouterr().out)["failures"]
        second = main([*words, "--resolve", f"nowhere.invalid:{site.port}:127.0.0.1"])
        corrected = capsys.readouterr().out

    assert (first, second) == (ExitStatus.FINDING, ExitStatus.OK)
    assert f"http://nowhere.invalid:{site.port}: Could not resolve host: nowhere.invalid" in " ".join(told.split())
    assert [(one["url"], one["reason"].partition(":")[0]) for one in failures] == [(seed, "Could not resolve host")]
    assert "1 addresses found: 1 fetched, 0 waiting, 0 failed." in corrected


def test_addresses_come_from_a_file(tmp_path: Path) -> None:
    with site_of(SITE) as site:
        (tmp_path / "urls.txt").write_text(f"# mine\n\n{site.url}/a\n{site.url}/b\n")
        status = main(
            ["crawl", "-i", str(tmp_path / "urls.txt"), "--state", str(tmp_path / "s"), "--quiet", "--no-index"]
        )

        assert [visit.path for visit in site.visits[1:]] == ["/a", "/b"]

    assert status == ExitStatus.OK
