"""Public pages do not send the crawl into a private network."""

import pytest

from turnout.jobs.crawl._guard import Guard, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),  # noqa: S104
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1", "[::1]", "no address", ""),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


def test_a_seed_may_be_private_and_nobody_else() -> None:
    guard = Guard(["127.0.0.1:8000"])

    answers = [
        guard.allows("127.0.0.1:8000", "127.0.0.1"),
        guard.allows("127.0.0.1:9000", "127.0.0.1"),
        guard.allows("rebound.example.org", "10.0.0.1"),
        guard.allows("example.org", "93.184.216.34"),
    ]

    assert answers == [True, False, False, True]
    assert guard.refused == 2


def test_names_are_refused_before_they_are_looked_up() -> None:
    guard = Guard(["intern.local"])

    answers = [guard.may_name(name, name) for name in ("localhost", "a.internal", "10.0.0.1", "intern.local", "a.org")]

    assert answers == [False, False, False, True, True]


def test_all_may_be_private_if_asked_for() -> None:
    assert Guard([], allows_private=True).allows("x", "10.0.0.1")
