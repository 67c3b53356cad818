"""What `notify` needs from outside: the sealed box that holds a link's token, and the mail relay (SMTP, RFC 5321)."""

import asyncio
import base64
import socket
import time
from binascii import Error as BinasciiError
from binascii import b2a_qp
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import partial
from pathlib import Path
from uuid import UUID

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from chassis import addresses
from chassis.addresses import Address, NoAddress
from services.notify.domain.mails import Accepted, Deferred, DeliveryResult, Mail, Refused

PATIENCE = 10.0
"""Seconds that the relay may take for one answer."""
IDLE = 20.0
"""Seconds after which an unused connection is not used again. Relays close idle connections, and no mail should find
one closed."""
CLOSING = 421
"""The relay's code for "I am about to close the connection" (RFC 5321, 3.8)."""
LINE = 68
"""Characters of a subject that fit on one line of 78 (RFC 5322, 2.1.1)."""

BOUNDARY = "=_microcred"
"""Stands between the parts of a mail (RFC 2046, 5.1.1). No part can contain it, because quoted-printable (RFC 2045) has
no "=_"."""

OUTER_BOUNDARY = "=_attached"
"""Stands between the mail and its attachment. It does not begin as `BOUNDARY` does."""


class Unreadable(Exception):
    """The private key does not open a sealed token."""


class TokenBox:
    """Opens the tokens that `intake` sealed for `notify` (libsodium sealed box, X25519)."""

    def __init__(self, private_key_file: Path) -> None:
        self._box = SealedBox(PrivateKey(base64.b64decode(private_key_file.read_text())))

    def open(self, sealed: str) -> str:
        """The token. Raises Unreadable, whose text holds nothing secret."""
        try:
            return self._box.decrypt(base64.b64decode(sealed, validate=True)).decode()
        except (CryptoError, BinasciiError, ValueError) as error:
            raise Unreadable(
                f"the sealed token cannot be opened ({type(error).__name__}); is"
                " SEAL_PRIVATE_KEY_FILE the pair of intake's key?"
            ) from None


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it is sent. `message_id` stays the same when the same mail is sent again. `calendar`: an attached
    file."""

    mail: Mail
    to: str
    message_id: str
    subject: str
    text: str
    html: str
    calendar: bytes | None = None


def message_id(identity: UUID, person_id: UUID, domain: str) -> str:
    """The `Message-ID` of this person's mail with this identity, at the sender's domain."""
    return f"<{identity}.{person_id.hex[:8]}@{domain}>"


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of the mails: an address with its domain in ASCII, and a name, if there is one."""

    name: str
    address: str

    @classmethod
    def read(cls, text: str) -> "Sender":
        """Reads `Our Program <no-reply@example.org>`, or an address alone. Raises NoAddress."""
        name, address = parseaddr(text)
        found = addresses.read(address)
        if found.utf8:
            raise NoAddress(
                "is beyond ASCII before the @, which not every mail host takes from a"
                " sender; use plain Latin letters there"
            )
        return cls(name, found.mailed)

    @property
    def domain(self) -> str:
        """The part of the address behind the @."""
        return self.address.rpartition("@")[2]


class MailRelay:
    """Hands mails to an SMTP server over a few open connections. An answer 5xx is final; every other trouble is
    temporary.

    `start_tls=None` uses TLS if the server offers it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: Sender,
        *,
        user: str | None = None,
        password: str | None = None,
        start_tls: bool | None = None,
        size: int = 4,
    ) -> None:
        self._new = partial(
            SMTP,
            hostname=host,
            port=port,
            username=user,
            password=password,
            start_tls=start_tls,
            timeout=PATIENCE,
            local_hostname=socket.gethostname(),  # by default Python asks DNS, and waits if there is no answer
        )
        self._address = sender.address
        self._from = formataddr((sender.name, sender.address))
        self._size = size
        self._idle: list[tuple[SMTP, float]] = []

    async def deliver(self, waiting: deque[Message], tried: Callable[[Mail, DeliveryResult], None]) -> bool:
        """Offer every mail in `waiting`, and tell `tried` the result of each at once. If the caller empties `waiting`,
        this ends after the mails that are being sent.

        Returns False if the relay could not be reached for all of them. If a connection breaks after a mail's last line
        and before the relay's answer, nobody knows whether the relay took the mail: it is deferred.
        """
        unreachable: list[str] = []

        async def work() -> None:
            while waiting:
                try:
                    async with self._connection() as connection:
                        while waiting and connection.is_connected:
                            message = waiting.popleft()
                            tried(message.mail, await self._offer(connection, message))
                except (SMTPException, OSError) as error:
                    unreachable.append(f"relay away: {type(error).__name__}")
                    return

        await asyncio.gather(*(work() for _ in range(min(self._size, len(waiting)))))
        for message in waiting:
            tried(message.mail, Deferred(unreachable[0]))
        return not unreachable

    async def close(self) -> None:
        """End the connections in the relay's way."""
        while self._idle:
            await _leave(self._idle.pop()[0])

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[SMTP]:
        """A kept connection or a new one. Raises an error if the relay cannot be reached or does not want our mail."""
        connection = None
        while self._idle and connection is None:
            kept, since = self._idle.pop()
            if kept.is_connected and time.monotonic() - since < IDLE:
                connection = kept
            else:
                await _leave(kept)
        if connection is None:
            connection = self._new()
            await connection.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.is_connected:
            self._idle.append((connection, time.monotonic()))

    async def _offer(self, connection: SMTP, message: Message) -> DeliveryResult:
        try:
            to = addresses.read(message.to)
        except NoAddress:
            return Refused("no_address")
        try:  # the library's `sendmail` would parse each address twice and read the body once more
            if to.utf8 and not await _takes_utf8(connection):
                return Refused("no_address")
            await connection.mail(self._address, options=["SMTPUTF8"] if to.utf8 else [])
            await connection.rcpt(to.mailed, encoding="utf-8")
            await connection.data(self._compose(message, to))
            return Accepted(message.message_id)
        except SMTPResponseException as error:
            outcome = _judge(error.code)
            if error.code == CLOSING:
                connection.close()
                return outcome
        except ValueError:
            outcome = Refused("no_address")
        except (SMTPException, OSError) as error:
            connection.close()
            return Deferred(f"connection lost: {type(error).__name__}")
        await _begin_anew(connection)
        return outcome

    def _compose(self, message: Message, to: Address) -> bytes:
        """The mail of RFC 5322 and 2046 as bytes. Mail objects of the library would cost five times as much. Lines end
        with LF, and the connection makes CRLF of it.

        An address beyond ASCII stands in the header as it is, in UTF-8 (RFC 6532). All other headers are ASCII.
        """
        head = (
            f"From: {self._from}",
            f"To: {to.mailed}",
            f"Subject: {_subject(message.subject)}",
            f"Date: {format_datetime(message.mail.created_at)}",
            f"Message-ID: {message.message_id}",
            "Auto-Submitted: auto-generated",  # RFC 3834: out-of-office programs do not answer this
            "MIME-Version: 1.0",
        )
        kind = f'Content-Type: multipart/alternative;\n boundary="{BOUNDARY}"\n'
        parts = b"".join(
            f"\n--{BOUNDARY}\nContent-Type: text/{subtype};"
            ' charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n'.encode()
            + b2a_qp(content.encode())
            for content, subtype in ((message.text, "plain"), (message.html, "html"))
        )
        told = f"{kind}\n".encode() + parts + f"\n--{BOUNDARY}--\n".encode()
        if message.calendar is not None:
            told = _with_calendar(told, message.calendar)
        return "\n".join(head).encode() + b"\n" + told


def _with_calendar(told: bytes, calendar: bytes) -> bytes:
    """The mail with a calendar file attached (RFC 2046, 5.1.3)."""
    head = f'Content-Type: multipart/mixed;\n boundary="{OUTER_BOUNDARY}"\n\n--{OUTER_BOUNDARY}\n'
    file = (
        f'\n--{OUTER_BOUNDARY}\nContent-Type: text/calendar; charset="utf-8"; method=PUBLISH\n'
        'Content-Disposition: attachment; filename="cohort.ics"\nContent-Transfer-Encoding: base64\n\n'
    )
    return head.encode() + told + file.encode() + base64.encodebytes(calendar) + f"--{OUTER_BOUNDARY}--\n".encode()


async def _takes_utf8(connection: SMTP) -> bool:
    """Whether the relay offers SMTPUTF8 (RFC 6531)."""
    if connection.is_ehlo_or_helo_needed:
        try:
            await connection.ehlo()
        except SMTPHeloError:
            return False
    return connection.supports_extension("smtputf8")


async def _begin_anew(connection: SMTP) -> None:
    """Let the relay forget a mail that it refused in the middle."""
    try:
        await connection.rset()
    except (SMTPException, OSError):
        connection.close()


def _judge(code: int) -> DeliveryResult:
    return Refused("refused") if 500 <= code <= 599 else Deferred(f"relay said {code}")


def _subject(value: str) -> str:
    """A subject as a header's value, encoded (RFC 2047) and folded if it is long."""
    return (
        value
        if value.isascii() and value.isprintable() and len(value) < LINE
        else Header(value, "utf-8", header_name="Subject").encode()
    )


async def _leave(connection: SMTP) -> None:
    try:
        async with asyncio.timeout(1):
            await connection.quit()
    except (SMTPException, OSError):
        connection.close()
