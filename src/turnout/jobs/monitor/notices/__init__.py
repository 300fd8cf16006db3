"""What people are told of alarms: grouped, inhibited, silenced, in maintenance, flapping, acknowledged."""

from turnout.jobs.monitor.notices._notifier import Notifier as Notifier
from turnout.jobs.monitor.notices._values import Flapping as Flapping
from turnout.jobs.monitor.notices._values import Grouping as Grouping
from turnout.jobs.monitor.notices._values import Inhibition as Inhibition
from turnout.jobs.monitor.notices._values import Maintenance as Maintenance
from turnout.jobs.monitor.notices._values import Notices as Notices
from turnout.jobs.monitor.notices._values import Silence as Silence
from turnout.jobs.monitor.notices._watch import Watch as Watch
from turnout.jobs.monitor.notices._which import Which as Which
