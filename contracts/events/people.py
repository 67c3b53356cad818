"""What `intake` says about people: the only events with personal data."""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.event import Event
from contracts.topics import INTAKE_PEOPLE


class PersonDescribed(
    Event, type="intake.person.described.v1", topic=INTAKE_PEOPLE, heard_by=("payments", "review", "badging", "notify")
):
    """The whole person, and the only event with personal data. `version` grows with every change.

    `kind`: account (may sign in), contact (is only mailed). `roles`: reviewer, chair, staff, operator, admin (both may
    grow). Session tokens issued before `sessions_valid_from` are void. `language` is a BCP 47 tag, `time_zone` an IANA
    name.
    """

    person_id: UUID
    version: int
    kind: str = "account"
    name: str = ""
    email: str
    institution: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    sessions_valid_from: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.person_id)


class PersonErased(
    Event,
    type="intake.person.erased.v1",
    topic=INTAKE_PEOPLE,
    heard_by=("payments", "review", "badging", "notify"),
    tombstone=True,
):
    """The person must be forgotten. On Kafka it is a tombstone: key and headers, no value."""

    person_id: UUID

    @property
    def key(self) -> str:
        return str(self.person_id)


IntakePeopleEvent = PersonDescribed | PersonErased
