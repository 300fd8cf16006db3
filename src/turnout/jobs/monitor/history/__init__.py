"""What the monitor saw and did: kept in one file, coarser the longer ago, and read back while it is written."""

from turnout.jobs.monitor.history._file import HISTORY_FILE as HISTORY_FILE
from turnout.jobs.monitor.history._identity import identity_of as identity_of
from turnout.jobs.monitor.history._levels import Keeping as Keeping
from turnout.jobs.monitor.history._past import Past as Past
from turnout.jobs.monitor.history._past import State as State
from turnout.jobs.monitor.history._scribe import Scribe as Scribe
from turnout.jobs.monitor.history._series import Series as Series
from turnout.jobs.monitor.history._table import LEVELS as LEVELS
from turnout.jobs.monitor.history._table import Column as Column
from turnout.jobs.monitor.history._table import Columns as Columns
from turnout.jobs.monitor.history._table import columns_of as columns_of
from turnout.jobs.monitor.history._writer import History as History
