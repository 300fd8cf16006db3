"""Rules, and the engine that judges readings by them."""

from turnout.jobs.monitor.rules._engine import Engine as Engine
from turnout.jobs.monitor.rules._readings import Counts as Counts
from turnout.jobs.monitor.rules._snapshot import alarm_from_json as alarm_from_json
from turnout.jobs.monitor.rules._snapshot import alarm_to_json as alarm_to_json
from turnout.jobs.monitor.rules._values import Deviation as Deviation
from turnout.jobs.monitor.rules._values import Limits as Limits
from turnout.jobs.monitor.rules._values import Missing as Missing
from turnout.jobs.monitor.rules._values import Of as Of
from turnout.jobs.monitor.rules._values import Rate as Rate
from turnout.jobs.monitor.rules._values import Rule as Rule
from turnout.jobs.monitor.rules._values import StepRule as StepRule
from turnout.jobs.monitor.rules._values import Stuck as Stuck
from turnout.jobs.monitor.rules._values import Threshold as Threshold
from turnout.jobs.monitor.rules._values import Where as Where
from turnout.jobs.monitor.rules._values import ZoneRule as ZoneRule
from turnout.jobs.monitor.rules._values import step_for as step_for
