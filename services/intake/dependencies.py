"""The parts that the routes and pages of `intake` work with: one object, made by `app`."""

from dataclasses import dataclass

from starlette.responses import Response

from chassis import addresses
from chassis.addresses import Address
from chassis.objects import ObjectStore
from chassis.writing import Writer
from contracts.refusals import Fault, Invalid, Text
from contracts.session import COOKIE, LIFETIME
from services.intake.clients import ProgramFolder, Sealer, Signer
from services.intake.domain.terms import Rules
from services.intake.exporting import Exporter
from services.intake.limiting import LetterLimits, SignInLimits, answers_of
from services.intake.measuring import Measurer
from services.intake.picturing import Picturer
from services.intake.store.catalog import Definitions
from services.intake.usecases.erasure import Traces


@dataclass(frozen=True)
class Dependencies:
    """`secure`: browsers use https. `first_admin_key`: the key of the address that becomes an administrator at the
    first sign-in.

    `mail_smtputf8`: mail can also go to addresses beyond ASCII before the @.

    `public_url` is the address of the pages.

    `rules`: the policy's rules of periods and deadlines.

    `most_application_bytes` is what one application may hold in all.
    """

    objects: ObjectStore
    writer: Writer
    definitions: Definitions
    signer: Signer
    sealer: Sealer
    program: ProgramFolder
    limits: SignInLimits
    letter_limits: LetterLimits
    measurer: Measurer
    picturer: Picturer
    exporter: Exporter
    rules: Rules
    first_admin_key: str
    most_application_bytes: int
    public_url: str
    secure: bool
    mail_smtputf8: bool

    def give_cookie(self, response: Response, token: str) -> None:
        """The session as a cookie that scripts cannot read and other sites cannot send."""
        response.set_cookie(
            COOKIE, token, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="lax", secure=self.secure
        )

    def traces(self, address_key: str) -> Traces:
        """The keys under which an address is counted and answered without its person's id."""
        return Traces(self.limits.of_address(address_key), answers_of(address_key))

    def mailable(self, email: str, field: str = "email") -> Address:
        """The address, if we can send mail to it. Raises Invalid; `field` is the field in which it was typed."""
        try:
            return check_mailable(addresses.read(email), self.mail_smtputf8)
        except addresses.NoAddress as error:
            raise Invalid(Fault(field, error.args[0])) from None


def check_mailable(address: Address, mail_smtputf8: bool) -> Address:
    """The address. Raises NoAddress if it needs SMTPUTF8 and the mail relay does not offer it."""
    if address.utf8 and not mail_smtputf8:
        raise addresses.NoAddress(
            Text(
                "has %(character)r before the @, and mail from here cannot reach such an address;"
                " give one with plain Latin letters there",
                character=next(character for character in address.local if not character.isascii()),
            )
        )
    return address
