"""What `intake` says about things that wait for a person: mailed links, and exports of their data."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.event import Event
from contracts.topics import INTAKE_LINKS


class LinkIssued(Event, type="intake.link.issued.v1", topic=INTAKE_LINKS, heard_by=("notify",)):
    """A link with a secret must be mailed. `purpose`: sign_in, letter (it may grow).

    `sealed` is the token in a libsodium sealed box (base64) that only `notify` can open.

    Of a letter: `asker_id` asks for it, for a requirement of a version of a credential. `applicant_reads`: whether they
    may read it. `reminder`: it was asked for before.
    """

    person_id: UUID
    person_version: int
    purpose: str
    sealed: str
    expires_at: AwareDatetime
    application_id: UUID | None = None
    asker_id: UUID | None = None
    asker_version: int = 1
    credential: str | None = None
    credential_version: int | None = None
    requirement: str | None = None
    requirement_name: str = ""
    applicant_reads: bool = False
    reminder: bool = False

    @property
    def key(self) -> str:
        return str(self.person_id)


class ExportReady(Event, type="intake.export.ready.v1", topic=INTAKE_LINKS, heard_by=("notify",)):
    """What a person's account holds was made ready for them to save, until `expires_at`."""

    person_id: UUID
    person_version: int
    expires_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.person_id)
