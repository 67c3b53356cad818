"""Incoming SMTP. It takes every mail for everybody. Some recipient addresses cause failures on purpose, like those of
mail providers' simulators.

| recipient | what the sender gets |
|---|---|
| `reject-...@` | 550 at RCPT, always: a permanent failure |
| `tempfail-...@` | 451 at RCPT, always: a temporary failure |
| `tempfail-3-...@` | 451 at RCPT the first three times, then the mail is taken |
| `hangup-...@` | the mail is taken, and the connection ends before the answer, once for each Message-ID: the sender
cannot know |
"""

import logging
import re
import secrets
from asyncio import Transport
from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.mailbox.message import Mail, parse
from devstack.mailbox.store import Store

LARGEST_MAIL = 50_000_000
_TEMPFAIL = re.compile(r"tempfail-(?:(\d{1,6})-)?", re.IGNORECASE)

log = logging.getLogger("mailbox.smtp")


class Postman:
    """The handler that aiosmtpd calls. Its counts of failures are forgotten when the process ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._refused: Counter[str] = Counter()
        self._hung_up: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        trouble = self._trouble(address)
        if trouble is not None:
            return trouble
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        raw, mail = _completed(content, envelope, str(session.peer[0]) if session.peer else "unknown")
        mail_id = self._store.add(raw, mail, datetime.now(UTC))
        if (
            any(address.lower().startswith("hangup-") for address in envelope.rcpt_tos)
            and mail.message_id not in self._hung_up
        ):
            self._hung_up.add(mail.message_id)
            log.info("%s is kept; hanging up before the answer, as its recipient asks", mail_id)
            cast(Transport, server.transport).abort()
        return f"250 2.0.0 OK: queued as {mail_id}"

    def _trouble(self, address: str) -> str | None:
        if address.lower().startswith("reject-"):
            return f"550 5.1.1 <{address}>: there is no such mailbox (reject-* addresses never take mail)"
        asked = _TEMPFAIL.match(address)
        if asked is None:
            return None
        self._refused[address.lower()] += 1
        if asked[1] and self._refused[address.lower()] > int(asked[1]):
            return None
        return f"451 4.3.0 <{address}>: try again later (tempfail-* addresses fail for a while, or always)"


def _completed(content: bytes, envelope: Envelope, peer: str) -> tuple[bytes, Mail]:
    """The mail with the headers that a receiving server adds: the way it came, its sender, an id, and recipients that
    its own headers do not name."""
    mail = parse(content)
    named = {each["Address"].lower() for field in ("To", "Cc", "Bcc") for each in mail.people[field]}
    hidden = [address for address in envelope.rcpt_tos if address.lower() not in named]
    lines = [
        f"Return-Path: <{envelope.mail_from or ''}>",
        f"Received: from [{peer}] by mailbox with ESMTP; {format_datetime(datetime.now(UTC))}",
    ]
    if hidden:
        lines.append(f"Bcc: {', '.join(hidden)}")
    if not mail.message_id:
        lines.append(f"Message-ID: <{secrets.token_hex(12)}@mailbox>")
    raw = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + content
    return raw, parse(raw) if hidden or not mail.message_id else mail
