"""The one normal form of an e-mail address: how it is shown, how it is mailed, and when two spellings are the same
address.

The part before the @ is what RFC 5321 and RFC 6531 allow without quotes. The domain follows IDNA 2008 by UTS 46,
non-transitional (the libraries email-validator and idna). Python's codec `idna` follows the older standard, which turns
ß into ss and so names another domain.
"""

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from chassis.characters import hidden, named
from contracts.refusals import Text

MOST_CHARACTERS = 254
MOST_BYTES_BEFORE_AT = 64
"""The most bytes before the @ that every mail host accepts (RFC 5321, 4.5.3.1.1)."""
_UPPER_TO_LOWER = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")


class NoAddress(ValueError):
    """The text is not an address that mail can be sent to; the message says why and names the remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was read. `shown`: in NFC, the domain in letters. `domain`: in ASCII (A-labels). `key`: what its
    spellings have in common.

    `local` is the part before the @ as it was given (NFC). Only the mail host knows whether its case counts, so mail is
    sent to exactly this spelling.
    """

    shown: str
    local: str
    domain: str

    @property
    def key(self) -> str:
        """The same text for all spellings of one address. Spellings may differ in the case of ASCII letters and in the
        form of the domain."""
        return f"{self.local.translate(_UPPER_TO_LOWER)}@{self.domain}"

    @property
    def mailed(self) -> str:
        """The address as mail envelopes and headers have it: the domain in ASCII."""
        return f"{self.local}@{self.domain}"

    @property
    def utf8(self) -> bool:
        """Whether mail to it needs SMTPUTF8 (RFC 6531): the part before the @ has characters beyond ASCII."""
        return not self.local.isascii()


def read(text: str) -> Address:
    """The address in its normal form. Raises NoAddress. Only sending mail shows whether mail arrives there."""
    if len(text) > MOST_CHARACTERS:
        raise NoAddress(
            Text(
                "is not an e-mail address: it has %(length)s characters, and an address at most %(most)s",
                length=len(text),
                most=MOST_CHARACTERS,
            )
        )
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            globally_deliverable=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
        )
    except EmailNotValidError as error:
        raise NoAddress(Text("is not an e-mail address: %(why)s", why=str(error))) from None
    if (size := len(found.local_part.encode())) > MOST_BYTES_BEFORE_AT:
        raise NoAddress(
            Text(
                "is not an e-mail address: it has %(size)s bytes before the @, and mail hosts take at most %(most)s",
                size=size,
                most=MOST_BYTES_BEFORE_AT,
            )
        )
    if unseen := next((character for character in found.local_part if hidden(character)), None):
        raise NoAddress(Text("has %(character)s before the @; write the address without it", character=named(unseen)))
    if _NUMBER.fullmatch(found.ascii_domain.rpartition(".")[2]):
        raise NoAddress(Text("has a number in the place of a domain; write a name such as example.org after the @"))
    return Address(found.normalized, found.local_part, found.ascii_domain)


def lowered(text: str) -> str:
    """The normal form in lower case, as badges hash it. A text that is not an address is only put in lower case."""
    try:
        return read(text).shown.lower()
    except NoAddress:
        return text.lower()


def in_ascii(text: str) -> str:
    """The address in ASCII only; empty if it has no such form."""
    try:
        address = read(text)
    except NoAddress:
        return ""
    return "" if address.utf8 else address.mailed
