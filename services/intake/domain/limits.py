"""How often somebody may ask: a number of times within a moving window."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

_SITE = 64
"""The leading bits of an IPv6 address that belong to one site. People there choose the other bits."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` times within `window`. Each time stops counting when it is `window` old."""

    amount: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted, and the rate at which it may happen. `who` is a hash."""

    who: bytes
    rate: Rate


def client(host: str) -> str:
    """The owner of a network address: the /64 of an IPv6 address, the IPv4 address for one that stands for it, else the
    text itself."""
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
    """The whole seconds until all of these moments have come; at least one."""
    return max([1, *(math.ceil((moment - now).total_seconds()) for moment in free_at)])
