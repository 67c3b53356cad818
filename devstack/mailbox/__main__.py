"""`python -m devstack.mailbox`: the mailbox as a process of its own."""

import argparse
import logging
from pathlib import Path

import uvloop

from devstack.files import StateDamaged
from devstack.mailbox.app import run
from devstack.mailbox.store import Store
from devstack.serving import claim


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m devstack.mailbox",
        description="A mailbox for development: takes mails by SMTP, shows them by Mailpit's API and by pages.",
    )
    parser.add_argument("--http-port", type=int, required=True, help="where to serve pages and API on 127.0.0.1")
    parser.add_argument("--smtp-port", type=int, required=True, help="where to take mail on 127.0.0.1")
    parser.add_argument("--state-dir", type=Path, required=True, help="keeps the mails over a restart")
    parser.add_argument("--keep", type=int, default=20_000, help="how many mails, the newest; older ones go")
    given = parser.parse_args()
    if given.keep < 1:
        parser.error("--keep must be at least 1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    http, smtp = claim(given.http_port, "the mailbox's pages"), claim(given.smtp_port, "the mailbox's SMTP")
    try:
        store = Store(given.state_dir / "mailbox.sqlite", given.keep)
    except StateDamaged as error:
        raise SystemExit(str(error)) from None
    uvloop.run(run(store, http, smtp))


if __name__ == "__main__":
    main()
