"""How often somebody may ask for a link: per address and per client, at rates that settings give in words."""

import hashlib
from datetime import timedelta
from uuid import UUID

from limits import parse

from services.intake.domain.limits import Limit, Rate, client

MOST, LONGEST = 1_000_000_000, timedelta(days=366)
"""A rate beyond this is a typing mistake."""


def answers_of(address_key: str) -> str:
    """The owner of the answers that are kept for a repeated sign-in. It is not the address itself, because the answers
    may be kept longer than it."""
    return f"sign-in/{hashlib.sha256(address_key.encode()).hexdigest()}"


class SignInLimits:
    """`per_address` and `per_client` in words: `5 per 15 minutes`, `1000/minute`.

    Addresses and clients are kept as hashes, keyed with `secret`. Without a secret, somebody could try out all
    addresses.
    """

    def __init__(self, per_address: str, per_client: str, secret: bytes) -> None:
        self._address = _parse("SIGN_IN_PER_ADDRESS", per_address)
        self._client = _parse("SIGN_IN_PER_CLIENT", per_client)
        self._key = hashlib.sha256(b"sign-in limits\0" + secret).digest()

    def of(self, address_key: str, host: str) -> tuple[Limit, Limit]:
        """The limits for a request from `host` for a link to this address."""
        return (
            Limit(self._hash("client", client(host)), self._client),
            Limit(self._hash("address", address_key), self._address),
        )

    def of_address(self, address_key: str) -> bytes:
        """The key under which sign-ins with this address are counted."""
        return self._hash("address", address_key)

    def _hash(self, kind: str, who: str) -> bytes:
        return hashlib.blake2b(f"{kind}\0{who}".encode(), key=self._key, digest_size=16).digest()


class LetterLimits:
    """How often somebody may ask for letters (`per_asker`), and how often all applicants together may have one address
    mailed (`per_referee`).

    `hash_of` is kept instead of a referee's address, so that the same address is known again.
    """

    def __init__(self, per_asker: str, per_referee: str, secret: bytes) -> None:
        self._asker = _parse("LETTERS_PER_ASKER", per_asker)
        self._referee = _parse("LETTERS_PER_REFEREE", per_referee)
        self._key = hashlib.sha256(b"letters\0" + secret).digest()

    def of(self, asker_id: UUID, referee_hash: bytes) -> tuple[Limit, Limit]:
        """The limits for a mail from this person to this referee."""
        return (
            Limit(self._hash("asker", str(asker_id)), self._asker),
            Limit(self._hash("mailed", referee_hash.hex()), self._referee),
        )

    def hash_of(self, address_key: str) -> bytes:
        """A keyed hash of an address."""
        return self._hash("referee", address_key)

    def _hash(self, kind: str, who: str) -> bytes:
        return hashlib.blake2b(f"{kind}\0{who}".encode(), key=self._key, digest_size=16).digest()


def _parse(setting: str, text: str) -> Rate:
    try:
        found = parse(text)
        rate = Rate(found.amount, timedelta(seconds=found.get_expiry()))
    except (ValueError, OverflowError):
        rate = None
    if rate is None or not 1 <= rate.amount <= MOST or rate.window > LONGEST:
        raise SystemExit(f"{setting}: {text!r} is not a rate; write it like '5 per 15 minutes'")
    return rate
