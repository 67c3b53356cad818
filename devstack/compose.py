"""The addresses of the system that `docker compose up` started, for clients that use it over HTTP."""

from collections.abc import Mapping

from devstack import gateway
from devstack.names import SERVICES
from devstack.paths import CHECKOUT
from devstack.ports import LOOPBACK

PORTS = {"gateway": "MICROCRED_GATEWAY_PORT", "mailbox": "MICROCRED_MAILBOX_PORT", "stripe": "MICROCRED_STRIPE_PORT"}
"""The settings of the ports that compose publishes. `.env` of the checkout has the defaults; the environment overrides
them."""


def addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """The addresses in the form of addresses.json, without Kafka, which is not published. Empty if the gateway does not
    answer.

    All services have the same origin.
    """
    ports = {**_env_file(), **environ}
    base = {name: f"http://{LOOPBACK}:{ports[setting]}" for name, setting in PORTS.items()}
    if not gateway.answers(base["gateway"]):
        return {}
    return {**dict.fromkeys(("web", *SERVICES), base["gateway"]), "mailbox": base["mailbox"], "stripe": base["stripe"]}


def _env_file() -> dict[str, str]:
    lines = (
        line.partition("=")
        for line in (CHECKOUT / ".env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    return {name: value for name, _, value in lines}
