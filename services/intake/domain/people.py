"""People: accounts that sign in, and contacts that are only mailed. `intake` owns them, and the other services hear of
them.

Every change adds one to the person's version, and the whole person is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.events.people import PersonDescribed
from contracts.refusals import Fault, Invalid, Text, WrongState
from contracts.session import ROLES

CONTACT, ACCOUNT = "contact", "account"
ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person, as the other services know them. `email_key` is what all spellings of `email` have in common; callers
    compute it.

    Nobody has confirmed the address of a contact. So a contact has no name, and its address is the spelling that was
    used last.
    """

    person_id: UUID
    version: int = 1
    kind: str = CONTACT
    name: str = ""
    email: str
    email_key: str = ""
    institution: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    sessions_valid_from: datetime


def described(person: Person) -> PersonDescribed:
    """The event that says the whole person."""
    return PersonDescribed(
        person_id=person.person_id,
        version=person.version,
        kind=person.kind,
        name=person.name,
        email=person.email,
        institution=person.institution,
        roles=person.roles,
        language=person.language,
        time_zone=person.time_zone,
        sessions_valid_from=person.sessions_valid_from,
    )


def change(person: Person, **fields: object) -> Person:
    """The person with these fields, one version later. Returns the same object if nothing changes."""
    changed = replace(person, **fields)  # type: ignore[arg-type]
    return person if changed == person else replace(changed, version=person.version + 1)


def contact(person_id: UUID, email: str, email_key: str, now: datetime, language: str = "") -> Person:
    """A person of whom only an address is known, and the language of the request if it has one. Sessions from before
    `now` are not theirs."""
    person = Person(person_id=person_id, email=email, email_key=email_key, sessions_valid_from=now)
    return replace(person, language=language or person.language)


def ask(person: Person, email: str, language: str = "") -> Person:
    """Somebody asked for a link to this spelling of the person's address. A contact is mailed there, in the language of
    the request. An account is mailed at its confirmed address, in its own language."""
    if person.kind != CONTACT:
        return person
    return change(person, email=email, language=language or person.language)


def sign_in(person: Person, first_admin_key: str, given_name: str, language: str = "") -> Person:
    """A link was used, so the address is theirs. A contact becomes an account, and the first administrator gets the
    role.

    `given_name` was given with this link; a person without a name takes it. An account begins with `language`, the
    browser's, if the browser gave one.
    """
    if person.kind == ACCOUNT:
        return change(person, name=person.name or given_name)
    roles = person.roles
    if first_admin_key and person.email_key == first_admin_key and ADMIN not in roles:
        roles = (*roles, ADMIN)
    return change(person, kind=ACCOUNT, name=given_name, roles=roles, language=language or person.language)


def describe(person: Person, *, name: str, institution: str, time_zone: str | None) -> Person:
    """Basic information was given. A missing time zone leaves the present one."""
    return change(person, name=name, institution=institution, time_zone=time_zone or person.time_zone)


def set_details(person: Person, *, name: str, institution: str, language: str, time_zone: str) -> Person:
    """Everything that people say about themselves on their account."""
    return change(person, name=name, institution=institution, language=language, time_zone=time_zone)


def set_roles(person: Person, roles: Iterable[str], other_administrators: int) -> Person:
    """The person with exactly these roles, in the order of the contract. Refuses an unknown role.

    Refuses to remove the last administrator: `other_administrators` is the number of other accounts that may give
    roles.
    """
    wanted = set(roles)
    unknown = sorted(wanted - set(ROLES))
    if unknown:
        raise Invalid(
            Fault("roles", Text("some of %(roles)s", roles=", ".join(ROLES))),
            text=Text("There is no role %(role)r.", role=unknown[0]),
        )
    if person.kind == ACCOUNT and ADMIN in person.roles and ADMIN not in wanted and other_administrators == 0:
        raise WrongState(
            Text(
                "This is the last administrator, and without one nobody could give roles any more."
                " Make somebody else an administrator first."
            ),
            type="last_administrator",
            faults=[Fault("roles", Text("keep %(role)s", role=ADMIN))],
        )
    return change(person, roles=tuple(role for role in ROLES if role in wanted))


def sign_out_everywhere(person: Person, now: datetime) -> Person:
    """Sessions that began before `now` are void."""
    return change(person, sessions_valid_from=now)
