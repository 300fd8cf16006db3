"""Which Dask worker each order goes to."""

from turnout.executors._dask_tickets import Ticket, share_out


def ticket(key: str, *, near: str | None = None, alone: bool = False, at: str | None = None) -> Ticket:
    return Ticket(key, b"", [], lambda _key, _found: None, near, alone, at)


def places(tickets: list[Ticket]) -> dict[str, str | None]:
    return {each.key: each.address for each in tickets}


def test_orders_go_to_the_worker_with_least_to_do_for_each_of_its_threads() -> None:
    tickets = [ticket(str(number)) for number in range(6)]

    placed = share_out(tickets, {"one": 1, "two": 2})

    assert placed == tickets
    assert sorted(place or "" for place in places(tickets).values()) == ["one", "one", "two", "two", "two", "two"]


def test_an_order_goes_to_the_worker_it_should_be_near_to_unless_that_has_gone() -> None:
    tickets = [ticket("near", near="b"), ticket("late", near="c")]

    share_out(tickets, {"a": 1, "b": 1})

    assert places(tickets) == {"near": "b", "late": "a"}


def test_orders_wait_for_a_worker() -> None:
    tickets = [ticket("0"), ticket("1", alone=True)]

    assert share_out(tickets, {}) == []
    assert places(tickets) == {"0": None, "1": None}


def test_nothing_joins_an_order_that_is_alone() -> None:
    tickets = [ticket("suspect", alone=True, at="a"), *(ticket(str(number)) for number in range(3))]

    share_out(tickets, {"a": 4, "b": 1})

    assert places(tickets) == {"suspect": "a", "0": "b", "1": "b", "2": "b"}


def test_an_order_that_is_alone_waits_for_a_worker_to_be_idle_and_others_do_not() -> None:
    tickets = [ticket("0", at="a"), ticket("1", at="b"), ticket("2", at="b"), ticket("suspect", alone=True)]
    tickets.append(ticket("behind"))

    share_out(tickets, {"a": 1, "b": 1})

    assert places(tickets[3:]) == {"suspect": None, "behind": "b"}

    del tickets[0]

    share_out(tickets, {"a": 1, "b": 1})

    assert places(tickets[2:]) == {"suspect": "a", "behind": "b"}


def test_two_orders_that_are_alone_share_no_worker() -> None:
    tickets = [ticket("first", alone=True), ticket("second", alone=True), ticket("third", alone=True)]

    share_out(tickets, {"a": 1, "b": 1})

    assert sorted(places(tickets).items()) == [("first", "a"), ("second", "b"), ("third", None)]


def test_with_one_worker_everything_comes_in_its_turn() -> None:
    tickets = [ticket("suspect", alone=True), ticket("behind")]
    order = []

    while tickets:
        placed = share_out(tickets, {"a": 8})
        order.append([each.key for each in placed])
        tickets = [each for each in tickets if each not in placed]

    assert order == [["suspect"], ["behind"]]
