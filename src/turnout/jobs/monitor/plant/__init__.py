"""WHAT STANDS IN FOR A DATA CENTRE: racks, air and cooling units as heat that flows, with faults to inject."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.monitor.plant._faults import FAULT_HELP as FAULT_HELP
    from turnout.jobs.monitor.plant._faults import Fault as Fault
    from turnout.jobs.monitor.plant._faults import FaultKind as FaultKind
    from turnout.jobs.monitor.plant._faults import make_fault as make_fault
    from turnout.jobs.monitor.plant._faults import parse_fault as parse_fault
    from turnout.jobs.monitor.plant._faults import read_faults as read_faults
    from turnout.jobs.monitor.plant._physics import Physics as Physics
    from turnout.jobs.monitor.plant._plant import Plant as Plant
    from turnout.jobs.monitor.plant._simulate import Manner as Manner
    from turnout.jobs.monitor.plant._simulate import Progress as Progress
    from turnout.jobs.monitor.plant._simulate import simulate as simulate
    from turnout.jobs.monitor.plant._site import Site as Site
    from turnout.jobs.monitor.plant._site import Topics as Topics

__getattr__, __dir__ = lazy(
    __name__,
    {
        "FAULT_HELP": "._faults",
        "Fault": "._faults",
        "FaultKind": "._faults",
        "Physics": "._physics",
        "Plant": "._plant",
        "Manner": "._simulate",
        "Progress": "._simulate",
        "Site": "._site",
        "Topics": "._site",
        "make_fault": "._faults",
        "parse_fault": "._faults",
        "read_faults": "._faults",
        "simulate": "._simulate",
    },
)
