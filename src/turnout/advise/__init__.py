"""What bounds the work and what suits it: pure, values in and values out."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.advise._choice import choose as choose
    from turnout.advise._comparison import compare_outcomes as compare_outcomes
    from turnout.advise._contenders import enter_contenders as enter_contenders
    from turnout.advise._diagnosis import diagnose as diagnose
    from turnout.advise._environment import judge_environment as judge_environment
    from turnout.advise._laws import amdahl_limit as amdahl_limit
    from turnout.advise._laws import amdahl_speedup as amdahl_speedup
    from turnout.advise._laws import overlapping_workers as overlapping_workers
    from turnout.advise._laws import usl_peak as usl_peak
    from turnout.advise._laws import usl_speedup as usl_speedup
    from turnout.advise._pilot import Pilot as Pilot
    from turnout.advise._pilot import pilot_from_trace as pilot_from_trace
    from turnout.advise._plan import RacePlan as RacePlan
    from turnout.advise._plan import plan as plan
    from turnout.advise._prediction import predict_heat_s as predict_heat_s
    from turnout.advise._program import diagnose_program as diagnose_program
    from turnout.advise._program_types import Blockage as Blockage
    from turnout.advise._program_types import Cause as Cause
    from turnout.advise._program_types import Convoy as Convoy
    from turnout.advise._program_types import Line as Line
    from turnout.advise._program_types import ProgramDiagnosis as ProgramDiagnosis
    from turnout.advise._program_types import Remedy as Remedy
    from turnout.advise._projection import project as project
    from turnout.advise._python_comparison import compare_pythons as compare_pythons
    from turnout.advise._sampling import spread_sample as spread_sample
    from turnout.advise._scaling import fit_scaling as fit_scaling
    from turnout.advise._tracks import HANDOVER_S as HANDOVER_S
    from turnout.advise._tracks import MORE_THAN_ONE as MORE_THAN_ONE
    from turnout.advise._tracks import WAITING_WORKERS as WAITING_WORKERS
    from turnout.advise._tracks import Ground as Ground
    from turnout.advise._tracks import ItemCost as ItemCost
    from turnout.advise._tracks import Prediction as Prediction
    from turnout.advise._tracks import predict_tracks as predict_tracks
    from turnout.advise._types import Bound as Bound
    from turnout.advise._types import Choice as Choice
    from turnout.advise._types import Diagnosis as Diagnosis
    from turnout.advise._types import Finding as Finding
    from turnout.advise._types import Projection as Projection
    from turnout.advise._types import Scaling as Scaling

__getattr__, __dir__ = lazy(
    __name__,
    {
        "choose": "._choice",
        "compare_outcomes": "._comparison",
        "enter_contenders": "._contenders",
        "diagnose": "._diagnosis",
        "diagnose_program": "._program",
        "Blockage": "._program_types",
        "Cause": "._program_types",
        "Convoy": "._program_types",
        "Line": "._program_types",
        "ProgramDiagnosis": "._program_types",
        "Remedy": "._program_types",
        "judge_environment": "._environment",
        "amdahl_limit": "._laws",
        "amdahl_speedup": "._laws",
        "overlapping_workers": "._laws",
        "usl_peak": "._laws",
        "usl_speedup": "._laws",
        "Pilot": "._pilot",
        "pilot_from_trace": "._pilot",
        "RacePlan": "._plan",
        "plan": "._plan",
        "predict_heat_s": "._prediction",
        "project": "._projection",
        "compare_pythons": "._python_comparison",
        "spread_sample": "._sampling",
        "fit_scaling": "._scaling",
        "HANDOVER_S": "._tracks",
        "MORE_THAN_ONE": "._tracks",
        "WAITING_WORKERS": "._tracks",
        "Ground": "._tracks",
        "ItemCost": "._tracks",
        "Prediction": "._tracks",
        "predict_tracks": "._tracks",
        "Bound": "._types",
        "Choice": "._types",
        "Diagnosis": "._types",
        "Finding": "._types",
        "Projection": "._types",
        "Scaling": "._types",
    },
)
