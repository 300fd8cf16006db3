"""Crews that were left: none loses what it has, none that is idle disturbs those who work."""

from turnout.executors import Batch, Reply
from turnout.pipeline._legs import Departed, Leg


class FakeCrew:
    """Tells what was done with it, and answers what it was given."""

    is_calling_here = False
    workers = 1

    def __init__(self) -> None:
        self.told: list[str] = []
        self._given: list[Batch] = []

    def has_room(self) -> bool:
        return not self._given

    def put(self, batch: Batch) -> None:
        self._given.append(batch)

    def get(self, until_ns: int | None = None) -> Reply | None:  # noqa: ARG002  it never waits
        batch = self._given.pop()
        return Reply(batch, list(batch.items), {}, None)

    def wake(self) -> None:
        self.told.append("wake")

    def threads(self) -> list[tuple[int, int]]:
        return []

    def close(self, recorder: object) -> None:  # noqa: ARG002  none is kept
        self.told.append("close")

    def abort(self) -> None:
        self.told.append("abort")


def leg(crew: FakeCrew) -> Leg:
    return Leg("threads", crew, None, 1)


def test_an_idle_crew_sleeps_on_until_it_is_sent_away() -> None:
    crew, departed = FakeCrew(), Departed()

    departed.keep(leg(crew))
    asleep = list(crew.told)
    departed.send_away()
    departed.send_away()

    assert asleep == []
    assert crew.told == ["abort"]


def test_all_are_closed_in_the_end_and_none_is_waited_for_that_slept() -> None:
    asleep, away, departed = FakeCrew(), FakeCrew(), Departed()

    departed.keep(leg(away))
    departed.send_away()
    departed.keep(leg(asleep))
    departed.close()

    assert asleep.told == away.told == ["abort", "close"]


def test_before_a_fork_the_threads_of_all_idle_crews_have_ended() -> None:
    before, now, departed = FakeCrew(), FakeCrew(), Departed()

    departed.keep(leg(before))
    departed.clear_for_fork(leg(now))
    departed.close()

    assert before.told == now.told == ["close"]


def test_a_crew_that_has_items_is_heard_and_closed_after_its_last_one() -> None:
    crew, departed = FakeCrew(), Departed()
    one = leg(crew)
    one.put(Batch(0, ["item"]))

    departed.let_finish(one)
    had_items = departed.have_items
    found = departed.get(0)

    assert (had_items, departed.have_items) == (True, False)
    assert found is not None
    assert found.values == ["item"]
    assert crew.told == ["close"]


def test_a_leg_knows_how_many_items_it_has() -> None:
    one = leg(FakeCrew())
    first, second = Batch(0, [1, 2, 3]), Batch(3, [4, 5])

    one.put(first)
    one.put(second)
    both = (one.given, one.given_items)
    one.take(Reply(Batch(0, [1, 2]), [1, 2], {}, None, again=[Batch(2, [3])]))
    one.take(Reply(second, [4, 5], {}, None))

    assert both == (2, 5)
    assert (one.given, one.given_items) == (0, 0)
