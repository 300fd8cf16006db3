"""Items from files and streams."""

import gzip
import itertools
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.errors import ItemsError
from turnout.items import read_items, stream_items


def written(folder: Path, name: str, content: str | bytes) -> str:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def complaint(name: str, *, column: str | None = None, item_type: str | None = None) -> str:
    with pytest.raises(ItemsError) as caught:
        list(read_items(name, column=column, item_type=item_type))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_text_file_gives_one_item_a_line(tmp_path: Path) -> None:
    name = written(tmp_path, "urls.txt", "http://a/\nhttp://b/\nlast without a line end")

    items = read_items(name)

    assert items == ["http://a/", "http://b/", "last without a line end"]


def test_windows_line_ends_blank_lines_and_a_byte_order_mark_are_no_items(tmp_path: Path) -> None:
    name = written(tmp_path, "words.txt", "\ufeffone\r\n\r\n   \t\r\ntwo\r\n")

    items = read_items(name)

    assert items == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1\n-2\n0\n", [1, -2, 0]),
        (" 7\n8 \n", [7, 8]),
        ("1\n2.5\n1e3\n", [1.0, 2.5, 1000.0]),
        ("1\ntwo\n", ["1", "two"]),
        ("007\n008\n", ["007", "008"]),
        ("nan\ninf\n", ["nan", "inf"]),
        ("1_000\n", ["1_000"]),
        ("9" * 5000 + "\n", ["9" * 5000]),
    ],
)
def test_the_type_of_items_is_that_which_all_are_written_in(tmp_path: Path, text: str, items: list[object]) -> None:
    name = written(tmp_path, "items.txt", text)

    found = read_items(name)

    assert found == items
    assert [type(item) for item in read_items(name)] == [type(item) for item in items]


@pytest.mark.parametrize(
    ("item_type", "items"), [("str", ["1", "2"]), ("int", [1, 2]), ("float", [1.0, 2.0]), ("json", [1, 2])]
)
def test_a_named_type_is_what_items_become(tmp_path: Path, item_type: str, items: list[object]) -> None:
    name = written(tmp_path, "items.txt", "1\n2\n")

    found = read_items(name, item_type=item_type)

    assert list(map(repr, found)) == list(map(repr, items))


@pytest.mark.parametrize(
    ("item_type", "text", "wanted"),
    [("int", "1\n\nx2\n", "of type int"), ("float", "1\n\nx2\n", "of type float"), ("json", "1\n\nx2\n", "JSON")],
)
def test_an_item_that_cannot_be_parsed_is_shown_with_its_line(
    tmp_path: Path, item_type: str, text: str, wanted: str
) -> None:
    name = written(tmp_path, "items.txt", text)

    message = complaint(name, item_type=item_type)

    assert f"items.txt, line 3: 'x2' is not {wanted}; correct it" in message


@given(values=st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), min_size=1))
def test_json_lines_give_back_any_value(values: list[object]) -> None:
    stream = [json.dumps(value).encode() + b"\n" for value in values]

    items = list(stream_items(stream, item_type="json"))

    assert items == values


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".JSONL"])
def test_json_lines_are_told_by_the_suffix(tmp_path: Path, suffix: str) -> None:
    name = written(tmp_path, f"items{suffix}", '{"a": 1}\n[2]\n"three"\n')

    assert read_items(name) == [{"a": 1}, [2], "three"]


def test_one_key_of_json_objects_can_be_the_item(tmp_path: Path) -> None:
    name = written(tmp_path, "items.jsonl", '{"url": "x", "n": 1}\n{"url": null}\n')

    assert read_items(f"{name}:url") == ["x", None]
    assert read_items(name, column="url") == ["x", None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"url": 1}\n{"uri": 2}\n', "line 2: the object has no 'url'; did you mean 'uri'?"),
        ("[1]\n", "line 1: found [1], not an object with 'url'"),
        ("{\n", "line 1: '{' is not JSON"),
        ("[" * 100_000 + "\n", "is not JSON"),
    ],
)
def test_a_json_line_without_the_key_is_shown(tmp_path: Path, text: str, said: str) -> None:
    name = written(tmp_path, "items.jsonl", text)

    assert said in complaint(name, column="url")


def test_json_nested_too_deep_is_no_crash(tmp_path: Path) -> None:
    name = written(tmp_path, "items.jsonl", "[" * 100_000 + "\n")

    message = complaint(name)

    assert "is not JSON" in message
    assert len(message) < 600


def test_values_of_json_lines_keep_their_types(tmp_path: Path) -> None:
    name = written(tmp_path, "items.jsonl", "1\n")

    assert "have types of their own; leave --item-type out" in complaint(name, item_type="str")


def test_a_column_of_a_table_gives_its_cells(tmp_path: Path) -> None:
    name = written(tmp_path, "t.csv", '\ufeffid, url\r\n1,"a,\nb"\r\n\r\n2,\r\n3,"c ""d"""\r\n')

    assert read_items(f"{name}:url") == ["a,\nb", 'c "d"']
    assert read_items(name, column="id") == [1, 2, 3]


def test_a_tab_separated_table_is_one_too(tmp_path: Path) -> None:
    name = written(tmp_path, "t.tsv", "a\tb\n1,5\t2\n")

    assert read_items(name, column="a") == ["1,5"]


def test_the_only_column_of_a_table_needs_no_name(tmp_path: Path) -> None:
    name = written(tmp_path, "t.csv", "n\n4\n6\n")

    assert read_items(name) == [4, 6]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("a,b\n1,2\n", None, "has 2 columns (a, b); choose one with --column NAME"),
        ("name,size\n1,2\n", "nam", "has no column 'nam'; did you mean 'name'?"),
        ("name,size\n1,2\n", "zzz", "has no column 'zzz'; it has name, size"),
        ("a,b\n1,2\n3\n", "a", "line 3: the row has 1 cell, and the header 2"),
        ("a,b,c\n1,2\n", "c", "line 2: the row has 2 cells, and the header 3"),
        ("a,b\n1,2,3\n", "a", "line 2: the row has 3 cells, and the header 2"),
        ("a,b,a\n1,2,3\n", "a", "has 2 columns 'a'; rename all but one"),
        ('a\n"open\n', "a", "the table is broken"),
        ("", "a", "there are no items in"),
        ("a\n", "a", "there are no items in"),
        ("a\n \n", "a", "there are no items in"),
    ],
)
def test_a_table_that_does_not_fit_is_explained(tmp_path: Path, text: str, column: str | None, said: str) -> None:
    name = written(tmp_path, "t.csv", text)

    assert said in complaint(name, column=column)


def test_a_text_file_has_no_columns(tmp_path: Path) -> None:
    name = written(tmp_path, "t.txt", "a\n")

    assert "has no columns; give a .csv, .tsv or .jsonl file" in complaint(name, column="a")


def test_a_colon_in_a_files_own_name_is_not_a_column(tmp_path: Path) -> None:
    name = written(tmp_path, "t.csv:x", "7\n")

    assert read_items(name) == [7]


def test_a_drive_letter_is_not_a_column() -> None:
    assert "there is no file 'C:\\\\nowhere\\\\t.txt'" in complaint("C:\\nowhere\\t.txt")


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff"])
def test_a_file_without_items_is_refused(tmp_path: Path, text: str) -> None:
    name = written(tmp_path, "empty.txt", text)

    assert complaint(name) == f"there are no items in {name}; give at least one"


def test_bytes_that_are_no_text_are_shown_with_their_line(tmp_path: Path) -> None:
    name = written(tmp_path, "items.txt", b"good\n\xff\xfe\x00bad\n")

    assert complaint(name) == f"{name}, line 2: byte 0xff is not UTF-8; save it as UTF-8 text"


def test_a_file_that_is_not_there_may_have_a_neighbour(tmp_path: Path) -> None:
    written(tmp_path, "numbers.txt", "1\n")

    assert complaint(str(tmp_path / "number.txt")).endswith("did you mean 'numbers.txt'?")
    assert complaint(str(tmp_path / "zz")).endswith("check its path")
    assert complaint(str(tmp_path / "no" / "zz")).endswith("check its path")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    assert "cannot be read" in complaint(name)


def test_a_folder_is_not_a_file_of_items(tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in complaint(str(tmp_path))


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    text = written(tmp_path, "n.txt.gz", gzip.compress(b"1\n2\n"))
    table = written(tmp_path, "t.csv.gz", gzip.compress(b"a,b\n1,2\n"))

    assert read_items(text) == [1, 2]
    assert read_items(f"{table}:b") == [2]


@pytest.mark.parametrize(
    "content",
    [b"not gzip at all", gzip.compress(b"1\n2\n" * 1000, mtime=0)[:-12], b"\x1f\x8b" + b"\0" * 30],
    ids=["not packed", "cut off", "no content"],
)
def test_a_broken_packed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    name = written(tmp_path, "n.txt.gz", content)

    assert "cannot be read" in complaint(name)


def test_a_great_file_is_read_as_it_is_used(tmp_path: Path) -> None:
    name = written(tmp_path, "n.txt", "1\n2\nthree\n")

    items = iter(read_items(name, whole_bytes=5))

    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ItemsError, match="line 3: 'three' is not of type int like the first item"):
        next(items)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_read_as_it_is_used(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("5\n6\n",))
    writer.start()

    items = read_items(str(pipe))

    assert list(items) == [5, 6]
    writer.join()


def test_an_endless_stream_is_taken_one_line_at_a_time() -> None:
    taken = itertools.count()

    def lines() -> Iterator[bytes]:
        for number in taken:
            yield b"%d\n" % number

    items = stream_items(lines())

    assert list(itertools.islice(items, 3)) == [0, 1, 2]
    assert next(taken) == 3


def test_an_empty_stream_is_refused_before_the_work_starts() -> None:
    with pytest.raises(ItemsError, match="there are no items in standard input; give at least one"):
        stream_items([])


@given(lines=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)))
def test_text_items_are_the_lines_as_they_stand(lines: list[str]) -> None:
    kept = [line.removeprefix("\ufeff") if not index else line for index, line in enumerate(lines)]
    kept = [line for line in kept if line and not line.isspace()]
    if not kept:
        return

    items = list(stream_items([f"{line}\n".encode() for line in lines], item_type="str"))

    assert items == kept


def test_a_file_without_a_name_is_said_to_have_none() -> None:
    assert complaint("") == "the items file has no name; name a file, or - for standard input"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1.5\n99999999999999999999999999\n", ["1.5", "99999999999999999999999999"]),
        ("1e400\n2\n", ["1e400", "2"]),
        ("1.5\n9007199254740992\n", [1.5, 9007199254740992.0]),
        ("99999999999999999999999999\n2\n", [99999999999999999999999999, 2]),
    ],
)
def test_a_number_that_a_float_would_change_stays_text(text: str, items: list[object], tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text(text)

    assert read_items(str(file)) == items


def test_a_later_number_that_the_type_would_change_is_told() -> None:
    items = stream_items([b"1.5\n", b"9007199254740993\n"])

    assert next(items) == 1.5
    with pytest.raises(ItemsError, match=r"line 2: '9007199254740993' is not of type float like the first item"):
        next(items)
