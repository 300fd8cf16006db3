"""How temperatures are shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A line in the legend and the charts.

    Attributes:
        value: Where.
        label: What it is, such as the name of a rule.
    """

    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How values are shown.

    Attributes:
        title: What is watched.
        unit: Of the values.
        low: The value at the lower end of the colours.
        high: The value at the upper end, above ``low``.
        limits: Shown in the legend. By default what ASHRAE recommends for air that goes into servers (Thermal
            Guidelines for Data Processing Environments, 5th edition, 2021), and what its class A1 allows.
    """

    title: str = "turnout"
    unit: str = "°C"
    low: float = 15.0
    high: float = 40.0
    limits: tuple[Limit, ...] = (
        Limit(value=18, label="ASHRAE"),
        Limit(value=27, label="ASHRAE"),
        Limit(value=32, label="A1"),
    )
