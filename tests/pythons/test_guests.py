"""Real other Pythons: those that `make pythons` unpacked, and PyPy and Jython where the system has them."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

import turnout
from pythons import guest_work
from pythons.interpreters import unpacked
from turnout.clock import SystemClock
from turnout.items import resolve_target
from turnout.jobs import prime_factors, random_numbers
from turnout.machine import Interpreter, name_pythons
from turnout.machine._candidates import candidates, path_folders, providers
from turnout.measurement import PythonRun, enter_pythons, place_of, run_pythons

OLD = ("2.7", "3.6")  # the oldest that a system may still have
LIMIT_S = 60.0  # a bound for a hang

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("guests")]


def oldest() -> dict[str, str]:
    """Return old Pythons that really start (a shim may not), by their version."""
    found: dict[str, str] = {}
    for path in candidates(providers(), path_folders()):
        version = path.resolve().name.removeprefix("python")
        if version in OLD and version not in found and isinstance(name_pythons([str(path)])[0][1], Interpreter):
            found[version] = str(path)
    return found


def known() -> dict[str, str]:
    """Return the Pythons to test by a name, and this one, whose guest is like any other."""
    installed = {name: path for name in ("pypy3", "jython") if (path := shutil.which(name))}
    ours = {python.parent.parent.name.removeprefix("cpython-"): str(python) for python in unpacked()}
    return {"this": sys.executable, **oldest(), **ours, **installed}


PYTHONS = known()
every_python = pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)


def need(name: str) -> str:
    """Return the path of a Python, or skip the test."""
    found = next((path for known_name, path in PYTHONS.items() if known_name.startswith(name)), None)
    if found is None:
        pytest.skip(f"there is no {name} here: run `make pythons`, or install it with the system's packages")
    return found


def ran(
    python: str,
    function: Callable[[Any], Any],  # of any kind
    items: Sequence[Any],  # likewise
    limit_s: float = LIMIT_S,
) -> tuple[PythonRun, PythonRun]:
    """Return what this Python did, and the other one."""
    runs = run_pythons(
        enter_pythons([python]),
        place_of(function),
        items,
        workers=(2,),
        budget_s=10 * LIMIT_S,
        limit_s=limit_s,
        clock=SystemClock(),
        tell=lambda _: None,
    )
    return runs[0], runs[-1]


def prints(run: PythonRun) -> dict[str, bytes]:
    return {one.contender.executor: one.heats[0].fingerprints for one in run.measurements}


def refusals(run: PythonRun) -> dict[str, str]:
    return {one.name: one.reason for one in run.refusals}


@pytest.mark.parametrize("name", ["2.7", "3.6", "3.13", "3.13t", "3.14", "3.15", "pypy3", "jython"])
def test_the_pythons_of_the_bars_are_here(name: str) -> None:
    need(name)


@every_python
def test_plain_values_are_the_same_in_every_model(python: str) -> None:
    here, there = ran(python, guest_work.lists, list(range(40)))

    assert there.reason == ""
    assert set(prints(there).values()) == {prints(here)["sequential"]}


@every_python
def test_factors_are_found_without_importing_the_rest_of_turnout(python: str) -> None:
    here, there = ran(python, prime_factors, random_numbers(20))

    assert there.reason == ""
    assert set(prints(there).values()) == {prints(here)["sequential"]}


@every_python
def test_what_a_function_prints_breaks_nothing(python: str) -> None:
    _, there = ran(python, guest_work.noisy, list(range(20)))

    assert there.reason == ""
    assert not any("process" in name and "cannot fork" not in reason for name, reason in refusals(there).items())


@every_python
def test_failures_are_those_of_this_python(python: str) -> None:
    _, there = ran(python, guest_work.picky, list(range(9)))

    assert {one.heats[0].failures for one in there.measurements} == {3}
    assert there.measurements[0].heats[0].first_failure.startswith("ZeroDivisionError: ")


@every_python
def test_a_hang_is_one_sentence_and_leaves_nothing(python: str) -> None:
    runs = ran(python, guest_work.hang, [1], limit_s=0.5)

    assert {run.reason for run in runs} == {"it did not finish within 0.5 s"}
    assert not [one for one in psutil.Process().children(recursive=True) if "turnout_guest" in " ".join(one.cmdline())]


@every_python
def test_an_end_in_the_midst_of_work_is_one_sentence(python: str) -> None:
    _, there = ran(python, guest_work.vanish, [1])

    assert there.reason == "it ended with exit status 3"


@every_python
def test_a_worker_that_ends_costs_its_model_only(python: str) -> None:
    _, there = ran(python, guest_work.vanish_in_workers, list(range(9)))

    assert "threads" in prints(there)
    assert refusals(there)["processes x 2"] in {
        "a worker process ended with exit status 3",
        "it cannot fork, so it has no worker processes",
    }


@pytest.mark.parametrize("name", ["3.13t", "jython"])
def test_a_python_without_a_lock_says_so(name: str) -> None:
    _, there = ran(need(name), guest_work.lists, list(range(9)))

    assert there.gil is False
    assert there.switched_on_by == ()


@pytest.mark.parametrize("name", ["3.13", "3.14", "3.15"])
def test_a_python_with_a_lock_says_so(name: str) -> None:
    python = next((path for known_name, path in PYTHONS.items() if known_name.removesuffix("-debbin") == name), "")
    _, there = ran(python or need("3.13-with-a-lock"), guest_work.lists, list(range(9)))

    assert there.gil is True


@pytest.mark.parametrize("name", ["3.14", "3.15"])
def test_subinterpreters_race_where_there_are_any(name: str) -> None:
    _, there = ran(need(name), guest_work.lists, list(range(9)))

    assert "interpreters" in prints(there)


def test_a_module_that_is_missing_there_is_told(tmp_path: Path) -> None:
    _, there = ran(need("3.13"), function_in(tmp_path, "lacking", "import pytest\n"), [1])

    assert there.reason == "it lacks what the function imports: No module named 'pytest'"


def test_words_that_are_newer_than_the_python_are_told(tmp_path: Path) -> None:
    _, there = ran(need("jython"), function_in(tmp_path, "newer", "async def later(): ...\n"), [1])

    assert there.reason.startswith("the file is not written in its language, Python 2.7.")


def test_an_extension_that_switches_the_lock_on_again_is_named(tmp_path: Path) -> None:
    python = need("3.13t")
    extension_for(python, "oldfashioned", tmp_path)
    body = "try:\n    import oldfashioned\nexcept ImportError:\n    pass\n"  # it is not for this Python

    _, there = ran(python, function_in(tmp_path, "user_of_extension", body), [1])

    assert (there.gil, there.switched_on_by) == (True, ("oldfashioned",))


def test_a_library_call_races_other_pythons_in_one_go() -> None:
    report = turnout.race(
        prime_factors, random_numbers(200), executors="sequential", budget_s=20, pythons=[need("3.13")]
    )

    assert [run.reason for run in report.pythons] == ["", ""]
    assert "Under other Pythons" in report.to_text(100)


def function_in(folder: Path, name: str, body: str) -> Callable[[int], int]:
    """Write a file with a function ``work`` that gives back its item, and load it as the command line does."""
    file = folder / f"{name}.py"
    file.write_text(f"{body}\n\ndef work(item):\n    return item\n")
    return resolve_target(f"{file}:work")


def extension_for(python: str, name: str, folder: Path) -> None:
    """Compile an extension that does not say whether it can do without the lock."""
    asked = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_config_var('EXT_SUFFIX'))"
    include, suffix = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not (Path(include) / "Python.h").exists():
        pytest.skip("no C compiler, or no headers for that Python")
    source = folder / f"{name}.c"
    source.write_text(
        "#include <Python.h>\n"
        f'static struct PyModuleDef it = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, NULL}};\n'
        f"PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&it); }}\n"
    )
    command = [compiler, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(folder / f"{name}{suffix}")]
    subprocess.run(command, check=True)
