"""When a failed item is tried again; the only module that imports tenacity, and only when something failed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turnout.clock import epoch_s
from turnout.errors import RemoteError, UsageError, type_name

Wait = Callable[[Any], float]  # a tenacity wait strategy, which takes its RetryCallState
FIRST_S = 0.1
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often, after which errors and how late an item is tried again.

    Attributes:
        times: Further tries, at least 0.
        on: The exceptions after which it is worth it; a worker that died (`WorkerDiedError`) and an item that took
            too long (`TimeLimitError`) are exceptions like others.
        wait: How long to wait, as a tenacity wait strategy, such as ``tenacity.wait_fixed(2)``; by default random
            waits whose upper bound doubles from 0.1 s to a minute.
        longest_hint_s: A longer wait that the error itself asks for (a Retry-After header) is not waited for, and
            the item fails.

    Source: the default is the "full jitter" of Brooker (2015), Exponential Backoff And Jitter, AWS Architecture Blog.
    """

    times: int
    on: tuple[type[BaseException], ...] = (Exception,)
    wait: Wait | None = None
    longest_hint_s: float = 600.0

    def __post_init__(self) -> None:
        times: object = self.times  # of whatever type the caller gave
        if not (type(times) is int and times >= 0):
            raise UsageError(f"retries must be a whole number of at least 0, not {times!r}")
        on: object = self.on
        kinds = on if isinstance(on, tuple) else (on,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            raise UsageError(f"Retry(on=...) takes a tuple of exception classes, not {on!r}")
        if self.wait is not None and not callable(self.wait):
            raise UsageError(f"Retry(wait=...) takes a wait of tenacity, as tenacity.wait_fixed(2), not {self.wait!r}")
        longest_s: object = self.longest_hint_s
        if not (isinstance(longest_s, int | float) and longest_s >= 0):
            raise UsageError(f"Retry(longest_hint_s=...) takes seconds of at least 0, not {longest_s!r}")

    def delay_s(self, error: BaseException, attempt: int) -> float | None:
        """Return how many seconds to wait before the next try; None to give up.

        Args:
            error: What the item failed with.
            attempt: How often it was tried.
        """
        if attempt > self.times or not self._is_for(error):
            return None
        if self.too_long_s(error) is not None:
            return None
        return max(retry_after_s(error) or 0.0, self._backoff_s(attempt))

    def too_long_s(self, error: BaseException) -> float | None:
        """Return how many seconds an error asks to wait, if that is longer than is waited for; else None."""
        hint_s = retry_after_s(error)
        return hint_s if hint_s is not None and hint_s > self.longest_hint_s else None

    def _is_for(self, error: BaseException) -> bool:
        if isinstance(error, RemoteError) and error.kinds:  # in the worker, it was one of these
            on: object = self.on  # a class alone is taken, too
            kinds = on if isinstance(on, tuple) else (on,)
            return isinstance(error, self.on) or not set(map(type_name, kinds)).isdisjoint(error.kinds)
        return isinstance(error, self.on)

    def _backoff_s(self, attempt: int) -> float:
        import tenacity  # noqa: PLC0415  only when something failed

        wait = self.wait or tenacity.wait_random_exponential(multiplier=FIRST_S, max=LONGEST_S)
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        state.attempt_number = attempt
        return max(0.0, float(wait(state)))


def checked_retry(retries: int | Retry) -> Retry | None:
    """Return the policy that ``retries`` stands for; None for no retries."""
    policy = retries if isinstance(retries, Retry) else Retry(times=retries)
    return policy if policy.times else None


def retry_after_s(error: BaseException) -> float | None:
    """Return how many seconds the error itself asks to wait; None if it does not.

    Looks at an attribute ``retry_after``, and at a ``Retry-After`` header in ``headers`` or ``response.headers``, as
    urllib, requests, httpx and aiohttp have them: seconds, or a date of HTTP (RFC 9110, section 10.2.3).
    """
    try:
        return _seconds(_hint(error))
    except Exception:  # noqa: BLE001  the error's own code, which may raise anything: then it asks nothing
        return None


def _hint(error: BaseException) -> object:
    hint: object = getattr(error, "retry_after", None)
    for holder in (error, getattr(error, "response", None)):
        headers = getattr(holder, "headers", None)
        if hint is None and hasattr(headers, "get"):
            hint = _header(headers)
    return hint


def _header(headers: Any) -> object:  # a mapping of some HTTP library's
    return headers.get("Retry-After") or headers.get("retry-after")


def _seconds(hint: object) -> float | None:
    try:
        if isinstance(hint, int | float):
            seconds = float(hint)
        elif isinstance(hint, str):
            seconds = float(hint) if hint.strip().isdigit() else _until(hint)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if seconds == seconds else None  # noqa: PLR0124  not a NaN


def _until(date: str) -> float:
    from datetime import UTC  # noqa: PLC0415  only who is told a date pays for it
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  likewise

    moment = parsedate_to_datetime(date)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() - epoch_s()
