"""`python -m devstack.stripe_sandbox`: the sandbox as a process of its own."""

import argparse
import logging
import secrets
from pathlib import Path

import uvloop

from devstack.files import StateDamaged, read, write_whole
from devstack.ports import LOOPBACK
from devstack.serving import claim
from devstack.stripe_sandbox.app import Settings, run


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m devstack.stripe_sandbox", description="A stand-in for Stripe, for development and tests."
    )
    parser.add_argument("--host", default=LOOPBACK, help="another address only inside a container")
    parser.add_argument("--port", type=int, required=True, help="where to serve")
    parser.add_argument(
        "--public-url", required=True, help="how browsers reach it: the base of payment pages and receipts"
    )
    parser.add_argument(
        "--clock-file",
        type=Path,
        required=True,
        help="the file with the devstack's clock offset in seconds; written here, read by every service",
    )
    parser.add_argument("--webhook-url", required=True, help="where events are sent")
    parser.add_argument(
        "--webhook-secret-file", type=Path, required=True, help="holds the signing secret; made when it is missing"
    )
    parser.add_argument("--webhook-events", default="*", help="comma-separated event types that are sent; * for all")
    parser.add_argument("--state-dir", type=Path, required=True, help="keeps everything over a restart")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    events = None if given.webhook_events == "*" else frozenset(given.webhook_events.split(","))
    try:
        settings = Settings(
            given.public_url,
            given.webhook_url,
            _secret(given.webhook_secret_file),
            given.clock_file,
            given.state_dir,
            events,
        )
        claimed = claim(given.port, "the Stripe sandbox", given.host)
        uvloop.run(run(settings, claimed))
    except StateDamaged as error:
        raise SystemExit(str(error)) from None


def _secret(file: Path) -> str:
    """The webhook signing secret in the file. A missing file is made first; only its owner may read it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, f"whsec_{secrets.token_hex(24)}")
    return read(file, "Delete it to have a secret made").strip()


if __name__ == "__main__":
    main()
