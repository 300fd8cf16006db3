"""What you see: pure renderers of a race."""

from turnout.report._types import RaceReport as RaceReport
