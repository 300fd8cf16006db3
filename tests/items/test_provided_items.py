"""Items from ``--items-from``."""

import asyncio
import functools
import itertools
import sys
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from turnout.errors import ItemsError, TargetError
from turnout.items import call_for_items

HERE = __name__
NUMBERS = (1, 2)
unreadable = functools.partial(int, "x")
taken: list[int] = []


def numbers() -> list[int]:
    return [3, 4]


def endless() -> Iterator[int]:
    for number in itertools.count():
        taken.append(number)
        yield number


def nothing() -> list[int]:
    return []


def nothing_lazily() -> Iterator[int]:
    return iter(())


def needs(count: int) -> Iterable[int]:
    return range(count)


def text() -> str:
    return "abc"


def number() -> int:
    return 3


async def later() -> list[int]:
    return [1]


async def stream() -> AsyncIterator[int]:
    yield 1


def raises() -> list[int]:
    raise OSError("the database is away")


def raises_later() -> Iterator[int]:
    yield 1
    raise OSError("the database went away")


def leaves() -> list[int]:
    sys.exit(9)


def leaves_later() -> Iterator[int]:
    yield 1
    sys.exit("no more")


async def leaves_slowly() -> AsyncIterator[int]:
    yield 1
    sys.exit(9)


def complains() -> Iterator[int]:
    yield 1
    raise ItemsError("my own sentence")


def test_a_function_gives_the_items_as_it_made_them() -> None:
    assert call_for_items(f"{HERE}:numbers") == [3, 4]


def test_a_collection_can_be_named_as_it_is() -> None:
    assert call_for_items(f"{HERE}:NUMBERS") == (1, 2)


def test_a_built_in_can_be_asked() -> None:
    with pytest.raises(ItemsError, match="there are no items in what 'builtins:dict' gives"):
        call_for_items("builtins:dict")


def test_an_endless_iterator_is_taken_one_at_a_time() -> None:
    taken.clear()

    items = iter(call_for_items(f"{HERE}:endless"))

    assert taken == [0]
    assert list(itertools.islice(items, 3)) == [0, 1, 2]
    assert taken == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "there are no items in what '.*:nothing' gives; give at least one"),
        ("nothing_lazily", "there are no items in what"),
        ("needs", r"must be callable without arguments \(missing a required argument: 'count'\); wrap it"),
        ("text", "gives a value of type str; give a list or an iterator of items"),
        ("number", "gives a value of type int"),
        ("later", "gives a value of type coroutine"),
        ("stream", "gives a value of type async_generator"),
        ("unreadable", r"raised ValueError: invalid literal for int\(\) with base 10: 'x' while it gave items"),
        (
            "leaves",
            r"raised SystemExit: 9 \(.*test_provided_items.py, line \d+\) while it gave items; correct it there",
        ),
        ("raises", r"raised OSError: the database is away \(.*test_provided_items.py, line \d+\) while it gave items"),
    ],
)
def test_what_gives_no_items_is_explained(name: str, said: str) -> None:
    with pytest.raises(ItemsError, match=said):
        call_for_items(f"{HERE}:{name}")


def test_an_iterator_that_raises_on_the_way_is_explained() -> None:
    items = iter(call_for_items(f"{HERE}:raises_later"))

    assert next(items) == 1
    with pytest.raises(ItemsError, match="raised OSError: the database went away"):
        next(items)


def test_an_iterator_that_leaves_the_program_is_explained() -> None:
    items = iter(call_for_items(f"{HERE}:leaves_later"))

    assert next(items) == 1
    with pytest.raises(ItemsError, match=r"raised SystemExit: no more .* while it gave items"):
        next(items)


def test_an_asynchronous_iterator_that_leaves_the_program_is_explained() -> None:
    items = call_for_items(f"{HERE}:leaves_slowly", takes_async=True)
    assert isinstance(items, AsyncIterator)

    async def second() -> object:
        await anext(items)
        return await anext(items)

    with pytest.raises(ItemsError, match=r"raised SystemExit: 9 .* while it gave items"):
        asyncio.run(second())


def test_a_sentence_of_the_users_own_is_kept() -> None:
    items = iter(call_for_items(f"{HERE}:complains"))

    assert next(items) == 1
    with pytest.raises(ItemsError, match=r"^my own sentence$"):
        next(items)


def test_an_unknown_provider_is_answered_with_a_guess() -> None:
    with pytest.raises(TargetError, match="did you mean 'numbers'"):
        call_for_items(f"{HERE}:numbrs")
