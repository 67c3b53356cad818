"""People, as they and administrators see them; their sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.exports import Made
from services.intake.domain.people import Person as Known
from services.intake.domain.sessions import Session as Begun
from services.intake.views import View


class Person(View):
    """A person."""

    person_id: UUID
    kind: str
    name: str
    email: str
    institution: str
    roles: Sequence[str]
    time_zone: str


class SignedIn(View):
    """The signed-in person."""

    person: Person


class NewSession(View):
    """A session that has just begun. Its token also comes as a cookie."""

    access_token: str
    expires_at: datetime
    person: Person


class Sent(View):
    """The answer to a request for a link, whether the address is known or not."""

    detail: str


class Session(View):
    """A session. `browser` and `system` are empty if the browser did not say; `here` is the session of this request."""

    began_at: datetime
    browser: str
    system: str
    here: bool


class Consent(View):
    """An application with a valid consent to research, and its credential."""

    application_id: UUID
    credential: str


class Taken(View):
    """The state of an export: asked, making, ready, failed or expired. `done` of `files` are in it."""

    state: str
    done: int
    files: int | None
    expires_at: datetime | None
    size: int | None


class Account(View):
    """A person's account, as they see it."""

    name: str
    email: str
    institution: str
    language: str
    time_zone: str
    sessions: Sequence[Session]
    consents: Sequence[Consent]
    taken: Taken | None


def person(found: Known) -> Person:
    """A person."""
    return Person(
        person_id=found.person_id,
        kind=found.kind,
        name=found.name,
        email=found.email,
        institution=found.institution,
        roles=found.roles,
        time_zone=found.time_zone,
    )


def account(
    found: Known,
    sessions: Sequence[Begun],
    here: datetime | None,
    made: Made | None,
    consents: Sequence[tuple[UUID, str]],
) -> Account:
    """An account. `here` is the beginning of this request's session; `consents` are applications and their
    credentials."""
    return Account(
        name=found.name,
        email=found.email,
        institution=found.institution,
        language=found.language,
        time_zone=found.time_zone,
        sessions=[
            Session(
                began_at=one.began_at,
                browser=one.client.browser,
                system=one.client.system,
                here=one.began_at == here,
            )
            for one in sessions
        ],
        consents=[Consent(application_id=application_id, credential=name) for application_id, name in consents],
        taken=None
        if made is None
        else Taken(
            state=made.state.value,
            done=made.done,
            files=made.files,
            expires_at=made.expires_at,
            size=None if made.file is None else made.file.size,
        ),
    )
