"""How often somebody may ask: a number of times within a moving window."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

_SITE = 64
"""The leading bits of an IPv6 address that one site has: the others are for whoever is there to choose."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` times within `window`, which moves: each time counts until it is so long ago."""

    amount: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted, and at which rate it may happen. `who` is a hash."""

    who: bytes
    rate: Rate


def client(host: str) -> str:
    """Whom an address of the network belongs to: an IPv6 address to its /64, one that stands for an IPv4 address to
    that; else the text itself."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _SITE), strict=False))


def wait_seconds(free_at: Iterable[datetime], now: datetime) -> int:
    """In how many whole seconds all of these moments have come; at least one."""
    return max(1, *(math.ceil((moment - now).total_seconds()) for moment in free_at))
