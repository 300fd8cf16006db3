"""Where it runs: cores and quotas, memory, the Pythons found, and what a thread, process or message costs here."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.machine._cpus import has_global_lock as has_global_lock
    from turnout.machine._cpus import usable_cpus as usable_cpus
    from turnout.machine._cpus import usable_workers as usable_workers
    from turnout.machine._describe import describe as describe
    from turnout.machine._named import find_interpreters as find_interpreters
    from turnout.machine._named import name_pythons as name_pythons
    from turnout.machine._types import Cores as Cores
    from turnout.machine._types import Cost as Cost
    from turnout.machine._types import CostKind as CostKind
    from turnout.machine._types import Costs as Costs
    from turnout.machine._types import Gil as Gil
    from turnout.machine._types import Interpreter as Interpreter
    from turnout.machine._types import Machine as Machine
    from turnout.machine._types import Memory as Memory
    from turnout.machine._types import SilentInterpreter as SilentInterpreter
    from turnout.machine._types import Unmeasured as Unmeasured

__getattr__, __dir__ = lazy(
    __name__,
    {
        "has_global_lock": "._cpus",
        "usable_cpus": "._cpus",
        "usable_workers": "._cpus",
        "describe": "._describe",
        "find_interpreters": "._named",
        "name_pythons": "._named",
        "Cores": "._types",
        "Cost": "._types",
        "CostKind": "._types",
        "Costs": "._types",
        "Gil": "._types",
        "Interpreter": "._types",
        "Machine": "._types",
        "Memory": "._types",
        "SilentInterpreter": "._types",
        "Unmeasured": "._types",
    },
)
