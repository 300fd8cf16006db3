"""Values on a grid, so that sums are exact: in whatever order readings are added and taken away, the sum is the same.

Each value is rounded to a multiple of 1/65,536. Sums of up to a million of them, each up to 131,072, have 53 bits at
most and are exact in a float, in Python and in NumPy alike. Real sensors tell a tenth or a hundredth of a degree.
"""

LARGEST = 131_072.0
"""Readings that are farther from zero are refused, as not a number is."""

LARGEST_SQUARE = LARGEST * LARGEST
"""What the square of a reading may be, which is quicker to ask for than its two limits."""

ROUNDER = 1.5 * 2.0**36
"""Added to a value and taken away again, it leaves a multiple of 2**-16: the next bit does not fit beside it."""


def on_grid(value: float) -> float:
    """Return the value on the grid that is nearest, for limits that readings are compared with."""
    return value + ROUNDER - ROUNDER
