"""`addresses.json` of the state folder: the addresses of a running stack."""

from collections.abc import Mapping
from pathlib import Path

from devstack.files import damaged, read_words
from devstack.names import SERVICES

FILE = "addresses.json"
_HTTP = ("web", *SERVICES, "mailbox", "stripe")


def read_addresses(state: Path) -> dict[str, str]:
    """The base URLs of the running stack, and `host:port` of Kafka. Empty if it is down. Raises StateDamaged."""
    remedy = "`make up` writes it anew"
    try:
        found: Mapping[str, str] = read_words(state / FILE, _HTTP, remedy)
    except FileNotFoundError:
        return {}
    if wrong := [name for name in _HTTP if not found[name].startswith("http://")]:
        raise damaged(state / FILE, f"is damaged: it has no address for {', '.join(wrong)}", remedy)
    return dict(found)
