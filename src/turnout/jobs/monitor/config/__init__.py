"""The configuration of a monitor: read from TOML, with all its mistakes and their lines."""

from turnout.jobs.monitor.config._example import example as example
from turnout.jobs.monitor.config._files import existing_file as existing_file
from turnout.jobs.monitor.config._files import password_in as password_in
from turnout.jobs.monitor.config._load import ConfigError as ConfigError
from turnout.jobs.monitor.config._load import load_config as load_config
from turnout.jobs.monitor.config._load import parse_config as parse_config
from turnout.jobs.monitor.config._nats import mistakes_of as mistakes_of
from turnout.jobs.monitor.config._nats import urls_of as urls_of
from turnout.jobs.monitor.config._payload import reader_of as reader_of
from turnout.jobs.monitor.config._values import Config as Config
from turnout.jobs.monitor.config._values import Mqtt as Mqtt
from turnout.jobs.monitor.config._values import NatsOptions as NatsOptions
from turnout.jobs.monitor.config._values import PageOptions as PageOptions
from turnout.jobs.monitor.config._values import Payload as Payload
