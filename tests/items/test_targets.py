"""Functions by their name."""

import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from turnout.errors import TargetError
from turnout.executors import is_coroutine_function
from turnout.items import resolve_target, resolve_work

SOURCE = """
import functools

def work(item):
    return item + 1

def pair(left, right):
    return left + right

def triple(left, middle, right, more=1, *rest, **named):
    return left

def none():
    return 1

def keyword(*, item):
    return item

def yields(item):
    yield item

async def waits(item):
    return item

async def streams(item):
    yield item

half = functools.partial(pair, 1)
lambda_ = lambda item: item
number = 3

class Worker:
    def method(self, item):
        return item

    @staticmethod
    def plain(item):
        return item * 2

    class Inner:
        @classmethod
        def deep(cls, item):
            return item * 3

bound = Worker().method

class _Flow:
    stages = (work,)

two_stages = _Flow()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for modules, which are forgotten afterwards."""
    path, modules = list(sys.path), set(sys.modules)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def source(folder: Path) -> str:
    file = folder / "sample_work.py"
    file.write_text(SOURCE)
    return str(file)


def complaint(text: str) -> str:
    with pytest.raises(TargetError) as caught:
        resolve_target(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_function_of_an_installed_module_is_found() -> None:
    assert resolve_target("math:factorial")(5) == 120


def test_a_dotted_module_is_found() -> None:
    assert resolve_target("os.path:basename")("a/b") == "b"


@pytest.mark.parametrize(
    ("name", "result"),
    [("work", 6), ("half", 6), ("lambda_", 5), ("Worker.plain", 10), ("Worker.Inner.deep", 15), ("bound", 5)],
)
def test_whatever_takes_one_item_can_be_named_in_a_file(source: str, name: str, result: int) -> None:
    assert resolve_target(f"{source}:{name}")(5) == result


def test_a_class_is_called_with_the_item() -> None:
    assert resolve_target("fractions:Fraction")("1/2") * 2 == 1


def test_a_built_in_without_a_signature_is_let_through() -> None:
    assert resolve_target("builtins:max")([1, 3]) == 3


def test_the_function_of_a_file_can_be_imported_by_its_name(source: str) -> None:
    function = resolve_target(f"{source}:work")

    assert function.__module__ == "sample_work"
    assert str(Path(source).parent) in sys.path


def test_a_file_within_a_package_is_imported_as_part_of_it(folder: Path) -> None:
    inner = folder / "outer_package" / "inner"
    inner.mkdir(parents=True)
    (inner.parent / "__init__.py").write_text("")
    (inner / "__init__.py").write_text("def here(item): return __name__")
    (inner / "module.py").write_text("from . import here\ndef work(item): return __name__")

    assert resolve_target(f"{inner / 'module.py'}:work")(0) == "outer_package.inner.module"
    assert resolve_target(f"{inner / '__init__.py'}:here")(0) == "outer_package.inner"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pair", "needs 2 arguments (left, right) but is called with one item; bind the others with functools.partial"),
        ("triple", "needs 3 arguments (left, middle, right)"),
        ("none", "takes no item; give it one parameter"),
        ("keyword", "takes item by keyword only; wrap it"),
        ("Worker.method", "needs an instance (its parameters: self, item); bind one in the module"),
        ("yields", "yields, so that a call does no work yet; wrap it in a function that returns a list"),
        ("streams", "yields, so that a call does no work yet"),
        ("number", "is of type int and cannot be called; name a function"),
        ("wrok", "has nothing called 'wrok'; did you mean 'work'?"),
        ("Worker.plane", "sample_work.py.Worker' has nothing called 'plane'; did you mean 'plain'?"),
        (
            "zzzzzz",
            "has nothing called 'zzzzzz'; it has Worker, bound, functools, half, keyword, lambda_, none, number and",
        ),
        ("work.", "has nothing called ''"),
    ],
)
def test_what_cannot_take_an_item_is_explained(source: str, name: str, said: str) -> None:
    assert said in complaint(f"{source}:{name}")


@pytest.mark.parametrize("text", ["", "math", "math:", ":sqrt", "work.py", "C:\\work.py", "C:/work.py"])
def test_a_name_without_a_function_is_answered_with_how_to_write_one(text: str) -> None:
    assert complaint(text).endswith("names no function; write 'module:function' or 'path/to/file.py:function'")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("maht:sqrt", "there is no module called 'maht' here or installed; did you mean 'math'?"),
        ("qqqxxyyzz:f", "there is no module called 'qqqxxyyzz' here or installed; check the spelling"),
        ("json.decodr:f", "there is no module called 'json.decodr' here or installed; did you mean 'decoder'?"),
        ("json.:f", "'json.' is not the name of a module"),
        ("a b:f", "'a b' is not the name of a module"),
        ("math.sqrt:f", "there is no module called 'math.sqrt'"),
    ],
)
def test_an_unknown_module_is_answered_with_a_guess(text: str, said: str) -> None:
    assert said in complaint(text)


def test_an_unknown_file_is_answered_with_a_neighbour(source: str) -> None:
    near = source.replace("sample_work", "simple_work")

    assert complaint(f"{near}:work").endswith("did you mean 'sample_work.py'?")
    assert "there is no file" in complaint("/nowhere/at/all.py:work")
    assert "there is no file" in complaint("C:\\nowhere\\all.py:work")


@pytest.mark.parametrize(
    ("text", "raised", "line"),
    [
        ("\n\n1 / 0\n", "ZeroDivisionError: division by zero", 3),
        ("def broken(:\n", "SyntaxError: ", 1),
        ("import sys\nsys.exit('no')\n", "SystemExit: no", 2),
        ("\nimport not_installed_anywhere\n", "No module named 'not_installed_anywhere'", 2),
        ("raise ValueError\n", "ValueError (", 1),
        ("raise ValueError('one\\ntwo' )\n", "ValueError: one (", 1),
        ("import json\n\njson.loads('')\n", "JSONDecodeError: Expecting value", 3),
    ],
)
def test_a_module_that_raises_is_shown_with_its_line(folder: Path, text: str, raised: str, line: int) -> None:
    file = folder / "raising_module.py"
    file.write_text(text)

    for name in (str(file), "raising_module"):
        message = complaint(f"{name}:work")

        assert raised in message
        assert f"raising_module.py, line {line})" in message


def test_a_file_with_the_name_of_a_loaded_module_is_refused(folder: Path) -> None:
    for name in ("json.py", "sys.py"):
        (folder / name).write_text("def work(item): return item\n")

        assert f"is hidden by another module called '{name[:-3]}'; rename the file" in complaint(
            f"{folder / name}:work"
        )


@pytest.mark.parametrize("name", ["two.dots.py", "script.txt"])
def test_a_file_that_cannot_be_imported_by_name_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("def work(item): return item\n")

    assert "rename it to a plain name that ends in .py" in complaint(f"{folder / name}:work")


def test_an_error_of_the_machine_and_not_the_users_is_not_hidden(folder: Path) -> None:
    file = folder / "interrupted_module.py"
    file.write_text("raise KeyboardInterrupt\n")

    with pytest.raises(KeyboardInterrupt):
        resolve_target(f"{file}:work")


class Waiter:
    async def __call__(self, item: int) -> int:
        return item


async def waits(left: int, item: int) -> int:
    return left + item


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (waits, True),
        (functools.partial(functools.partial(waits), 1), True),
        (Waiter(), True),
        (functools.partial(max, 1), False),
        (len, False),
        (lambda item: item, False),
    ],
)
def test_coroutine_functions_are_known_behind_partials_and_objects(function: Any, answer: bool) -> None:  # noqa: FBT001  # Any: all kinds of callables
    assert is_coroutine_function(function) is answer


def test_a_pipeline_is_work_but_no_function(source: str) -> None:
    flow = resolve_work(f"{source}:two_stages")

    assert type(flow).__name__ == "_Flow"
    assert "is a pipeline" in complaint(f"{source}:two_stages")


def test_a_function_is_work(source: str) -> None:
    assert resolve_work(f"{source}:work")(1) == 2


def test_work_that_is_neither_is_refused(source: str) -> None:
    with pytest.raises(TargetError, match="needs 2 arguments"):
        resolve_work(f"{source}:pair")
