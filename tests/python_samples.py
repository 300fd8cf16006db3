"""What other Pythons did, for tests."""

from collections.abc import Mapping, Sequence

from synthetic import heat_of, trace_of
from turnout.machine import Interpreter
from turnout.measurement import Contender, Entrant, Measurement, PythonRun, Refusal


def entrant(name: str, *, free_threaded: bool = False, jit: str = "", silence: str = "") -> Entrant:
    implementation, _, version = name.partition(" ")
    return Entrant(
        name=name,
        path=f"/opt/{implementation.lower()}",
        interpreter=None
        if silence
        else Interpreter(
            path=f"/opt/{implementation.lower()}",
            implementation=implementation,
            version=version.rstrip("t"),
            free_threaded=free_threaded,
            jit=jit,
            build="main, Oct 26 2026",
        ),
        silence=silence,
    )


def took(
    python: str,
    executor: str,
    *walls_s: float,
    cpu_share: float = 1.0,
    failures: int = 0,
    prints: Sequence[int] = (2, 4, 6),
    workers: int = 2,
) -> Measurement:
    """One heat for each wall time."""
    count = 1 if executor == "sequential" else workers
    return Measurement(
        contender=Contender(executor=executor, workers=count, python=python),
        item_count=len(prints),
        heats=tuple(
            heat_of(
                trace_of(walls_s=[wall_s * cpu_share], wall_s=wall_s),
                failures=failures,
                first_failure="ValueError: no" if failures else "",
                prints=prints,
            )
            for wall_s in walls_s
        ),
    )


def ran(
    name: str,
    models: Mapping[str, tuple[float, float]],
    *,
    refused: Mapping[str, str] | None = None,
    gil: bool = True,
    free_threaded: bool = False,
    jit: str = "",
    switched_on_by: tuple[str, ...] = (),
    startup_s: float = 0.025,
) -> PythonRun:
    """A Python whose models took so many seconds, with such a share of a core."""
    return PythonRun(
        entrant=entrant(name, free_threaded=free_threaded, jit=jit),
        measurements=tuple(
            took(name, model, wall_s, wall_s, wall_s, cpu_share=share) for model, (wall_s, share) in models.items()
        ),
        refusals=tuple(Refusal(name=model, reason=reason) for model, reason in (refused or {}).items()),
        gil=gil,
        switched_on_by=switched_on_by,
        startup_s=startup_s,
        load_s=0.001,
        first_s=0.7,
    )


NO_INTERPRETERS = {"interpreters x 2": "it has no subinterpreters; CPython has them since 3.14"}


def sample_runs() -> tuple[PythonRun, ...]:
    """The course's factorisation, as a quiet machine with two cores would give it."""
    return (
        ran(
            "CPython 3.11.7",
            {"sequential": (0.6, 1.0), "threads": (0.594, 1.01), "processes": (0.306, 1.96)},
            refused=NO_INTERPRETERS,
        ),
        ran(
            "CPython 3.13.15t",
            {"sequential": (1.06, 1.0), "threads": (0.535, 1.97), "processes": (0.53, 2.0)},
            refused=NO_INTERPRETERS,
            gil=False,
            free_threaded=True,
        ),
        ran(
            "CPython 3.14.10",
            {
                "sequential": (0.48, 1.0),
                "threads": (0.475, 1.01),
                "processes": (0.241, 1.98),
                "interpreters": (0.242, 1.98),
            },
            jit="off",
        ),
        ran(
            "Jython 2.7.3",
            {"sequential": (0.44, 1.02), "threads": (0.221, 1.99)},
            refused={**NO_INTERPRETERS, "processes x 2": "it cannot fork, so it has no worker processes"},
            gil=False,
            jit="on",
            startup_s=0.9,
        ),
        PythonRun(entrant=entrant("PyPy 3.9.16"), reason="it lacks what the function imports: No module named 'numpy'"),
    )
