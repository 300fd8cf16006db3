"""Keep public pages from sending the crawl into a private network (SSRF)."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAT64 = (0x0064_FF9B << 96, 96)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet; what is no address is not.

    Not public are private, loopback, link-local, multicast, reserved and unspecified ones, and those of carriers' NAT;
    also if they are wrapped in IPv6 (mapped, 6to4, Teredo, NAT64).
    """
    try:
        found = ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    number = int(address)
    if number >> 32 == _NAT64[0] >> 32:
        return IPv4Address(number & 0xFFFF_FFFF)
    return None


class Guard:
    """Says which addresses may be connected to.

    Public ones always; others only for a host that was named as a seed, because whoever starts a crawl may visit their
    own network, but a page must not send the crawl there.

    Args:
        seeds: Hosts, with their ports as in `host_of`, that may be private.
        allows_private: Whether all may.
    """

    def __init__(self, seeds: Collection[str], *, allows_private: bool = False) -> None:
        self._seeds = frozenset(seeds)
        self._allows_private = allows_private
        self.refused = 0

    def is_trusted(self, host: str) -> bool:
        """Tell whether a host may be visited wherever it is."""
        return self._allows_private or host in self._seeds

    def allows(self, host: str, address: str) -> bool:
        """Tell whether a host may be visited at this IP address; counts those that may not."""
        if self.is_trusted(host) or is_public(address):
            return True
        self.refused += 1
        return False

    def may_name(self, host: str, name: str) -> bool:
        """Tell, before any look-up, whether a host may be visited, as far as its name tells.

        Args:
            host: With its port.
            name: Without it.
        """
        if self.is_trusted(host):
            return True
        if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
            self.refused += 1
            return False
        try:
            ip_address(name)
        except ValueError:
            return True  # a name, whose address is looked at when it is known
        return self.allows(host, name)
