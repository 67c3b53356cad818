"""The session token: `intake` signs it, and every service checks it without a call to `intake`.

A JWT (RFC 7519) signed with Ed25519 (`alg` EdDSA, RFC 8037). It names the person and nothing else. Roles and
`sessions_valid_from` come from each service's own projection, so that taking a role, a sign-out or an erasure has
effect everywhere.
"""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

ALGORITHM = "EdDSA"
COOKIE = "microcred_session"
LIFETIME = timedelta(hours=8)
ISSUER = "intake"

ROLES = ("reviewer", "chair", "staff", "operator", "admin")
"""The roles. The set may grow, so a role travels as a string."""


class SessionClaims(BaseModel):
    """`sub` is the person; `iat` and `exp` are seconds since 1970 (whole or fractional)."""

    sub: UUID
    iat: float
    exp: float
    iss: str = ISSUER
