"""Files of a library are told alike, whichever Python they belong to."""

import pytest

from turnout.observe import short_path


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/usr/lib/python3.11/asyncio/base_events.py", "asyncio/base_events.py"),
        ("/home/alice/.pyenv/versions/3.12.4/lib/python3.12/threading.py", "threading.py"),
        ("/opt/a long/prefix/lib64/python3.14t/json/decoder.py", "json/decoder.py"),
        ("/lib/python3.13/queue.py", "queue.py"),
        ("/venv/lib/python3.11/site-packages/numpy/linalg/_linalg.py", "numpy/linalg/_linalg.py"),
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "yaml/loader.py"),
        ("/srv/lib/python3.11/site-packages/x/lib/python3.12/y.py", "y.py"),
    ],
)
def test_a_file_of_a_library_is_told_without_the_folder_that_python_is_in(file: str, expected: str) -> None:
    assert short_path(file) == expected


@pytest.mark.parametrize(
    "file",
    [
        "/home/alice/work.py",
        "lib/python3.11/mine.py",
        "/home/alice/lib/pythonic/mine.py",
        "/home/alice/lib/python3.11/",
        "/home/alice/lib/python2.7/site.py",
        "<frozen importlib._bootstrap>",
        "<string>",
        "",
    ],
)
def test_any_other_file_is_told_as_it_is(file: str) -> None:
    assert short_path(file) == file
