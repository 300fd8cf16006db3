"""What people see of the monitor while it runs: a live page in the browser, and figures for Prometheus."""

from turnout.jobs.monitor.page._app import Act as Act
from turnout.jobs.monitor.page._app import page_app as page_app
from turnout.jobs.monitor.page._board import Board as Board
from turnout.jobs.monitor.page._board import Cooled as Cooled
from turnout.jobs.monitor.page._board import Figures as Figures
from turnout.jobs.monitor.page._board import Quiet as Quiet
from turnout.jobs.monitor.page._board import Standing as Standing
from turnout.jobs.monitor.page._look import Limit as Limit
from turnout.jobs.monitor.page._look import Look as Look
from turnout.jobs.monitor.page._memory import Course as Course
from turnout.jobs.monitor.page._memory import FolderMemory as FolderMemory
from turnout.jobs.monitor.page._memory import Memory as Memory
from turnout.jobs.monitor.page._memory import Moment as Moment
from turnout.jobs.monitor.page._memory import Stretch as Stretch
