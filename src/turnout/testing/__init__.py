"""Public fakes, so that your tests need neither time nor a network."""

from turnout.testing._clock import FakeClock as FakeClock
