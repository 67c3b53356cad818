"""Links that are mailed with a secret in them."""

from dataclasses import dataclass
from datetime import timedelta

LIFETIME = timedelta(minutes=15)
SIGN_IN = "sign_in"
"""The purpose of a link that begins a session."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A fresh token: its hash for us, itself sealed for who mails it. The token in the clear is nowhere."""

    hash: bytes
    sealed: str
