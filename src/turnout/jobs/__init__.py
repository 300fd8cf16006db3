"""Real work: what the course did by hand, as functions that take one item."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.distant import distant_site as distant_site
    from turnout.jobs.download import fetch_image as fetch_image
    from turnout.jobs.download import fetch_image_async as fetch_image_async
    from turnout.jobs.factor import prime_factors as prime_factors
    from turnout.jobs.factor import random_numbers as random_numbers

__getattr__, __dir__ = lazy(
    __name__,
    {
        "distant_site": ".distant",
        "fetch_image": ".download",
        "fetch_image_async": ".download",
        "prime_factors": ".factor",
        "random_numbers": ".factor",
    },
)
