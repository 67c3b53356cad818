"""A mail relay for tests. It takes mails on 127.0.0.1 and gives the answers that a test wants."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from devstack.ports import LOOPBACK, free_port


@dataclass
class TestRelay:
    """What was taken, in order, and what is to be answered. `answers[address]` are used up one by one, then everything
    is taken.

    With `utf8` it offers SMTPUTF8. `envelopes`: of each mail the sender, the recipients, whether it came by SMTPUTF8,
    and its bytes.
    """

    __test__ = False

    port: int = field(default_factory=free_port)
    taken: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    connections: int = 0
    hang_up_after_data: int = 0
    utf8: bool = False
    envelopes: list[tuple[str | None, list[str], bool, bytes]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    offered: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._connection, LOOPBACK, self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _connection(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="relay.test", loop=asyncio.get_running_loop(), enable_SMTPUTF8=self.utf8)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers[address]:
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(mail)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.smtp_utf8, envelope.content))
        self.offered.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            server.transport.abort()
        return "250 taken"

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [mail["Message-ID"] for mail in self.taken]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """One of a mail's two bodies."""
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


@asynccontextmanager
async def running_relay() -> AsyncIterator[TestRelay]:
    """A relay that listens until the end of the block."""
    relay = TestRelay()
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
