"""The monitor that is measured: the rules of the comparison with peers, an alarm that comes at once, and cooling."""

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._plan import Access, Plan
from turnout.jobs.monitor._types import Severity
from turnout.jobs.monitor.notices import Notices, Watch
from turnout.jobs.monitor.plant._site import Topics, filled
from turnout.jobs.monitor.reactions import CoolingReaction, PidTuning
from turnout.jobs.monitor.rules import Engine, Limits, Threshold

SECOND_NS = 10**9
ZONES = 100


def plan_for(port: int, racks: int) -> Plan:
    """Return the plan of a monitor that reads from a broker on this machine."""
    layout = grid(racks=racks, zones=ZONES)
    pattern = Topics().reading
    topics = {
        filled(pattern, room=one.room, zone=one.zone, rack=one.rack, sensor=one.kind).encode(): index
        for index, one in enumerate(layout.sensors)
    }
    mean_hot = Limits(at=27, clear=25)
    rules = (
        Threshold(name="hot", limits=mean_hot, mean_ns=30 * SECOND_NS, for_ns=10 * SECOND_NS),
        Threshold(name="far too hot", severity=Severity.CRITICAL, limits=Limits(at=60, clear=50)),
    )
    # The zones are cool beside this target, so that only alarms ask for full cooling.
    cooling = CoolingReaction(tuning=PidTuning(target_c=60.0))
    return Plan(
        about={},
        layout=layout,
        make_watch=lambda some: Watch(Engine(some, rules), Notices()),
        access=Access(port=port, client_id="bench"),
        filter=pattern.replace("{room}", "+").replace("{zone}", "+").replace("{rack}", "+").replace("{sensor}", "+"),
        qos=0,
        topics=topics,
        reactions=(cooling,),
    )
