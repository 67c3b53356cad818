"""What the routes and pages of `intake` work with: one object, made by `app`, handed to each of them."""

from dataclasses import dataclass

from starlette.responses import Response

from chassis.objects import ObjectStore
from chassis.writing import Writer
from contracts.session import COOKIE, LIFETIME
from services.intake.clients import Sealer, Signer
from services.intake.limiting import SignInLimits
from services.intake.store.catalog import Definitions


@dataclass(frozen=True)
class Desk:
    """`secure` says whether browsers reach us by https.

    `first_admin_email` is made an administrator when it first signs in.

    `most_application_bytes` is what one application may hold in all.
    """

    objects: ObjectStore
    writer: Writer
    definitions: Definitions
    signer: Signer
    sealer: Sealer
    limits: SignInLimits
    first_admin_email: str
    most_application_bytes: int
    secure: bool

    def give_cookie(self, response: Response, token: str) -> None:
        """The session as a cookie that scripts cannot read and other sites cannot use."""
        response.set_cookie(COOKIE, token, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="lax", secure=self.secure)
