"""Where another Python finds a function."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from measurement import guest_functions
from turnout.errors import TargetError
from turnout.jobs import prime_factors
from turnout.measurement import place_of


def test_a_function_is_found_by_its_file_and_name() -> None:
    place = place_of(guest_functions.double)

    assert place.file == str(Path(guest_functions.__file__).resolve())
    assert place.attributes == "double"


def test_a_module_in_packages_is_told_with_the_folder_of_the_outermost() -> None:
    place = place_of(prime_factors)

    assert place.module == "turnout.jobs.trial_division"
    assert place.folder is not None
    assert place.file == str(Path(place.folder) / "turnout" / "jobs" / "trial_division.py")


def test_a_function_of_the_standard_library_is_found_by_its_module() -> None:
    place = place_of(math.factorial)

    assert (place.file, place.module, place.attributes) == (None, "math", "factorial")


def test_a_standard_module_in_python_is_not_found_by_the_file_of_this_python() -> None:
    import textwrap  # noqa: PLC0415  for this test

    place = place_of(textwrap.dedent)

    assert (place.file, place.module) == (None, "textwrap")


@pytest.mark.parametrize(("function", "name"), [(guest_functions.bound, "bound"), (guest_functions.renamed, "renamed")])
def test_what_has_no_name_of_its_own_is_found_by_the_one_in_its_module(
    function: Callable[[Any], Any],  # of any kind
    name: str,
) -> None:
    assert place_of(function).attributes == name


def test_a_function_within_a_function_is_refused_with_what_to_do() -> None:
    def inner(item: int) -> int:
        return item

    with pytest.raises(TargetError, match="put a plain `def` of it at the top of a file"):
        place_of(inner)


def test_a_partial_is_refused() -> None:
    with pytest.raises(TargetError, match="they find a function by its name in a file"):
        place_of(guest_functions.partial)
