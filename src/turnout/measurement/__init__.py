"""What it cost: heats, medians, intervals, the environment, and our own overhead."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.measurement._environment import has_gil as has_gil
    from turnout.measurement._environment import read_environment as read_environment
    from turnout.measurement._fingerprint import encoding as encoding
    from turnout.measurement._fingerprint import fingerprint as fingerprint
    from turnout.measurement._fingerprint import fingerprints as fingerprints
    from turnout.measurement._guest_course import run_pythons as run_pythons
    from turnout.measurement._guest_entrants import check_not_a_guest as check_not_a_guest
    from turnout.measurement._guest_entrants import enter_pythons as enter_pythons
    from turnout.measurement._guest_place import place_of as place_of
    from turnout.measurement._guest_types import Entrant as Entrant
    from turnout.measurement._guest_types import Place as Place
    from turnout.measurement._guest_types import PythonRun as PythonRun
    from turnout.measurement._heat import HeatError as HeatError
    from turnout.measurement._heat import OverdueError as OverdueError
    from turnout.measurement._heat import run_heat as run_heat
    from turnout.measurement._pilot_run import run_pilot as run_pilot
    from turnout.measurement._programs import Harvest as Harvest
    from turnout.measurement._programs import Program as Program
    from turnout.measurement._programs import ProgramError as ProgramError
    from turnout.measurement._programs import ProgramHeat as ProgramHeat
    from turnout.measurement._programs import ProgramMeasurement as ProgramMeasurement
    from turnout.measurement._programs import race_programs as race_programs
    from turnout.measurement._programs import run_program as run_program
    from turnout.measurement._statistics import median_interval as median_interval
    from turnout.measurement._statistics import overlap as overlap
    from turnout.measurement._statistics import ratio_interval as ratio_interval
    from turnout.measurement._types import Contender as Contender
    from turnout.measurement._types import Environment as Environment
    from turnout.measurement._types import Heat as Heat
    from turnout.measurement._types import Interval as Interval
    from turnout.measurement._types import Measurement as Measurement
    from turnout.measurement._types import Refusal as Refusal

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Entrant": "._guest_types",
        "Place": "._guest_types",
        "PythonRun": "._guest_types",
        "Harvest": "._programs",
        "Program": "._programs",
        "ProgramError": "._programs",
        "ProgramHeat": "._programs",
        "ProgramMeasurement": "._programs",
        "race_programs": "._programs",
        "run_program": "._programs",
        "Contender": "._types",
        "Environment": "._types",
        "Heat": "._types",
        "Interval": "._types",
        "Measurement": "._types",
        "Refusal": "._types",
        "has_gil": "._environment",
        "read_environment": "._environment",
        "check_not_a_guest": "._guest_entrants",
        "enter_pythons": "._guest_entrants",
        "place_of": "._guest_place",
        "run_pythons": "._guest_course",
        "HeatError": "._heat",
        "OverdueError": "._heat",
        "run_heat": "._heat",
        "run_pilot": "._pilot_run",
        "encoding": "._fingerprint",
        "fingerprint": "._fingerprint",
        "fingerprints": "._fingerprint",
        "median_interval": "._statistics",
        "overlap": "._statistics",
        "ratio_interval": "._statistics",
    },
)
