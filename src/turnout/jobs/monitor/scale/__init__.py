"""Several monitors that share the work over NATS JetStream: each part of the sensors is looked after by one of them."""

from turnout.jobs.monitor.scale._asking import carried_out as carried_out
from turnout.jobs.monitor.scale._bridge import Bridge as Bridge
from turnout.jobs.monitor.scale._connecting import where as where
from turnout.jobs.monitor.scale._nats import Nats as Nats
from turnout.jobs.monitor.scale._nats import TakenOverError as TakenOverError
from turnout.jobs.monitor.scale._owner import Listener as Listener
from turnout.jobs.monitor.scale._parts import Division as Division
from turnout.jobs.monitor.scale._parts import Part as Part
from turnout.jobs.monitor.scale._receiving import Receiving as Receiving
from turnout.jobs.monitor.scale._tenures import Tenure as Tenure
from turnout.jobs.monitor.scale._tenures import Tenures as Tenures
from turnout.jobs.monitor.scale._together import together as together
from turnout.jobs.monitor.scale._worker import Worker as Worker
