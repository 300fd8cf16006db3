"""Bad input: one sentence with the remedy, status 2, and no traceback."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from turnout.cli import main

WORK = """
def work(item):
    return item

def pair(left, right):
    return left
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with some work and some items."""
    path, modules = list(sys.path), set(sys.modules)
    (tmp_path / "bad_input_work.py").write_text(WORK)
    (tmp_path / "numbers.txt").write_text("1\n2\n")
    (tmp_path / "mixed.txt").write_text("1\ntwo\n")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("bad_input"):
            del sys.modules[name]


def said(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """What the command says about ``words``, once it is sure that it is one sentence."""
    status = main(words)

    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert captured.err.startswith("turnout: ")
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("turnout: ").rstrip("\n")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("bad_input_work.py:wrok", "has nothing called 'wrok'; did you mean 'work'?"),
        ("bad_input_work.py:pair", "needs 2 arguments (left, right) but is called with one item; bind the others"),
        ("bad_input_wrok.py:work", "there is no file"),
        ("bad_input_work.py", "names no function; write 'module:function' or 'path/to/file.py:function'"),
    ],
)
def test_a_function_that_cannot_be_raced(
    capsys: pytest.CaptureFixture[str], folder: Path, target: str, sentence: str
) -> None:
    assert sentence in said(capsys, ["race", f"{folder}/{target}", "--range", "1..3"])


def test_an_unknown_module(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = said(capsys, ["race", "maht:sqrt", "--range", "1..3"])

    assert sentence == "there is no module called 'maht' here or installed; did you mean 'math'?"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--items", "empty.txt"], "there are no items in "),
        (
            ["--items", "mixed.txt", "--item-type", "int"],
            "line 2: 'two' is not of type int; correct it, or name a type",
        ),
        (["--items", "nubmers.txt"], "did you mean 'numbers.txt'?"),
        (["--items", "table.csv"], "has 2 columns (a, b); choose one with --column NAME"),
        (["--items", "table.csv:c"], "has no column 'c'; it has a, b"),
        (["--items", "table.csv", "--column", "c"], "has no column 'c'; it has a, b"),
    ],
)
def test_items_that_cannot_be_read(
    capsys: pytest.CaptureFixture[str], folder: Path, options: list[str], sentence: str
) -> None:
    options[1] = str(folder / options[1])

    assert sentence in said(capsys, ["race", "math:sqrt", *options])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "one of the arguments --items --range --items-from is required; see turnout race --help"),
        (["--range", "1..3", "--items", "x"], "argument --items: not allowed with argument --range"),
        (["--range", "three"], "'three' is not a range of whole numbers; write A..B"),
        (["--range", "3..1"], "there are no items in the range '3..1'"),
        (["--items-from", "math:pi"], "gives a value of type float; give a list"),
        (["--range", "1..3", "--column", "a"], "--column goes with --items FILE only; leave it out"),
        (["--range", "1..3", "--item-type", "int"], "--item-type goes with --items FILE only; leave it out"),
        (["--items", "-", "--column", "a"], "standard input has no columns"),
    ],
)
def test_items_that_are_not_well_named(capsys: pytest.CaptureFixture[str], options: list[str], sentence: str) -> None:
    assert sentence in said(capsys, ["race", "math:sqrt", *options])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--budget", "0"], "argument --budget: '0' is not a number of seconds above 0, such as 20"),
        (["--budget", "-5"], "argument --budget: '-5' is not a number of seconds above 0"),
        (["--budget", "nan"], "argument --budget: 'nan' is not a number of seconds above 0"),
        (["--budget", "inf"], "argument --budget: 'inf' is not"),
        (["--budget", "soon"], "argument --budget: 'soon' is not"),
        (["--workers", "0"], "argument --workers: '0' is not a whole number of at least 1"),
        (["--workers", "1,,2"], "argument --workers: '' is not a whole number of at least 1"),
        (["--workers", "1,-2"], "argument --workers: '-2' is not a whole number"),
        (["--repeats", "1.5"], "argument --repeats: '1.5' is not a whole number"),
        (["--sample", "x"], "argument --sample: 'x' is not a whole number"),
        (["--executors", "threads,,processes"], "argument --executors: 'threads,,processes' lacks a name"),
        (["--start-method", "thread"], "argument --start-method: invalid choice: 'thread'"),
        (
            ["--html", "/nowhere/at/all.html"],
            "'/nowhere/at/all.html' is in a folder that does not exist; make it first",
        ),
        (["--trace", "."], "argument --trace: '.' is a folder; name a file in it"),
        (["--json", "/nowhere/x.json"], "argument --json: '/nowhere/x.json' is in a folder that does not exist"),
        (["--nonsense"], "unrecognized arguments: --nonsense; see turnout race --help"),
        (["--work", "1"], "unrecognized arguments: --work 1"),
    ],
)
def test_options_out_of_range(capsys: pytest.CaptureFixture[str], options: list[str], sentence: str) -> None:
    assert sentence in said(capsys, ["race", "math:sqrt", "--range", "1..3", *options])


def test_an_option_of_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert "invalid choice: 'upload'" in said(capsys, ["demo", "--only", "upload"])
