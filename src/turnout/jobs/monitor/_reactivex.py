"""The only user of reactivex: a stream of ours as an Observable of theirs."""

from typing import TYPE_CHECKING, TypeVar

from turnout.errors import not_installed
from turnout.jobs.monitor._streams import Outlet

if TYPE_CHECKING:
    from reactivex import Observable
    from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

T = TypeVar("T")


def observable(outlet: Outlet[T]) -> "Observable[T]":
    """Return an Observable of an outlet: each subscription is one there, on a thread of its own.

    Raises:
        UnavailableError: If reactivex is not installed.
    """
    try:
        import reactivex  # noqa: PLC0415  an extra
        from reactivex.disposable import Disposable  # noqa: PLC0415  likewise
    except ImportError:
        raise not_installed("a stream as an Observable", "reactivex", "monitor") from None

    def subscribe(observer: "ObserverBase[T]", _scheduler: "SchedulerBase | None" = None) -> "DisposableBase":
        return Disposable(outlet.subscribe(observer.on_next, observer.on_completed, observer.on_error))

    return reactivex.create(subscribe)
