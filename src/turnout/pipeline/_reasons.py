"""What a choice is told with: sentences."""

from collections.abc import Sequence

from turnout.advise import ItemCost, Prediction
from turnout.advise._wording import count, figures, percent, seconds

SHORT_S = 0.001  # of an item that is shorter, what other threads compute meanwhile tells nothing


def looked(items: int, cost: ItemCost) -> str:
    """Say what the first items showed."""
    busy = (
        f"{percent(min(1.0, cost.cpu_s / cost.wall_s))} of it on a core" if cost.wall_s > 0 else "none of it on a core"
    )
    if cost.cpu_s > 1.2 * cost.wall_s and cost.wall_s > SHORT_S:
        busy = f"on {figures(cost.cpu_s / cost.wall_s)} cores at once"
    lock = f", with the global lock held for {percent(cost.held)} of the time" if cost.wait_share < 0.5 else ""  # noqa: PLR2004
    return f"{count(items, 'item')} took {seconds(cost.wall_s)} on average, {busy}{lock}."


def short(left: int, cost: ItemCost) -> str:
    """Say why no other model is worth its start."""
    return f"The {count(left, 'item')} left take about {seconds(left * cost.wall_s)}: no worker's start is worth it."


def single() -> str:
    """Say why nothing was chosen."""
    return "There is one item: no model is faster than to run it here."


def predicted(ranked: Sequence[Prediction], left: int | None) -> list[str]:
    """Say what was predicted, and so taken."""
    what = count(left, "item") if left is not None else "as many items as were done (their number is unknown)"
    taken, *others = ranked
    faster = [one for one in others if one.wall_s < taken.wall_s]
    sentences = [f"Predicted for {what}: {'; '.join(map(str, ranked))}."]
    if faster:
        sentences.append(f"{taken.label} is simpler than {faster[0].label} and takes about as long.")
    return sentences


def waits(cost: ItemCost) -> str:
    """Say why workers that wait are taken before the first item is done."""
    return (
        f"An item had hardly used a core after {seconds(cost.wall_s)}: it waits, and many can wait at once; "
        "more workers are taken as long as that pays."
    )


def computes_long(cost: ItemCost) -> str:
    """Say why a track is taken before the first items are done."""
    return f"An item still computed after {seconds(cost.wall_s / 2)}, and was not waited for."


def waits_and_computes(cost: ItemCost) -> str:
    """Say why processes may be taken for items that wait, before the first one is done."""
    return (
        f"An item had waited for {percent(cost.wait_share)} of its first {seconds(cost.wall_s)}, and computed for "
        f"{seconds(cost.cpu_s)}."
    )


def not_worth_handing_over() -> str:
    """Say that items are the shortest there are."""
    return "An item is done before it could be handed to another worker: more workers cannot gain."


def tiny() -> str:
    """Say why no other model is looked for."""
    return "They are too short to be worth a worker's start, unless there are many; how many is not known."


def saturated(workers: int) -> str:
    """Say why no more workers are taken."""
    return f"{workers} workers are as many as the cores can serve, or too many items fail: more do not pay."


def fewer_started(workers: int, shortage: Exception | None) -> str:
    """Say why there are fewer workers than were asked for, or chosen."""
    found = "There is 1 worker" if workers == 1 else f"There are {workers} workers"
    why = getattr(shortage, "strerror", None) or shortage
    return f"{found}: the system starts no more ({why}; see ulimit -a)."


def crowded(workers: int, wall_s: float, alone_s: float, enough: int) -> str:
    """Say why fewer workers are taken."""
    return (
        f"With {workers} workers an item took {seconds(wall_s)}, against {seconds(alone_s)} alone: what they wait for "
        f"is at its limit, and {enough} do as much."
    )


def still_crowded(workers: int, wall_s: float, enough: int) -> str:
    """Say why even fewer workers are taken."""
    return f"With {workers} workers it took {seconds(wall_s)}, still longer than alone: {enough} do as much."


def more_again(workers: int) -> str:
    """Say why more workers are taken where fewer had been."""
    return f"What kept items waiting may be over: {workers} workers are tried."


def not_fewer(workers: int, before: int) -> str:
    """Say why as many workers are taken as before."""
    return f"{workers} workers did less than {before}."


def grown_enough(workers: int, wall_s: float, fewer: int, before_s: float) -> str:
    """Say why no more workers are taken."""
    return (
        f"With {workers} workers an item took {seconds(wall_s)}, against {seconds(before_s)} with {fewer}: "
        "more do not pay."
    )


def changed(done: int, executor: str, item_s: float, best: Prediction, left: int) -> str:
    """Say why the track was changed."""
    return (
        f"After {count(done, 'item')}, {executor} took {seconds(item_s)} an item, {seconds(item_s * left)} for "
        f"{count(left, 'item')} left; {best.label} was predicted to take {seconds(best.wall_s)}, and was taken."
    )


def cannot_cross(error: BaseException) -> str:
    """Say why processes are out of the question."""
    return f"Processes cannot be used: {error}."


def result_cannot_cross() -> str:
    """Say why processes are out of the question, when it is not the function's fault."""
    return "Processes cannot be used: an item or its result does not pickle."
