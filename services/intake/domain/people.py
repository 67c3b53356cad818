"""People: accounts that sign in, and contacts that are only mailed. `intake` owns them; everybody else hears of them.

Every change raises the person's version by one and is said whole.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.events.intake import PersonDescribed
from contracts.session import ROLES
from services.intake.domain.refusals import Fault, RolesUnknown

CONTACT, ACCOUNT = "contact", "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person, as the other services know them."""

    person_id: UUID
    version: int = 1
    kind: str = CONTACT
    name: str = ""
    email: str
    institution: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    sessions_valid_from: datetime


def email_key(email: str) -> str:
    """What two spellings of one address have in common: upper and lower case do not count, nor do surrounding blanks."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


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
    """The person with these fields; one version later if that changes anything, else the same object."""
    changed = replace(person, **fields)  # type: ignore[arg-type]
    return person if changed == person else replace(changed, version=person.version + 1)


def sign_in(person: Person, first_admin_email: str) -> Person:
    """The link was used, so the address is theirs: a contact becomes an account, and the first administrator is made one."""
    if person.kind == ACCOUNT:
        return person
    roles = person.roles
    if first_admin_email and email_key(person.email) == email_key(first_admin_email) and "admin" not in roles:
        roles = (*roles, "admin")
    return change(person, kind=ACCOUNT, roles=roles)


def describe(person: Person, *, name: str, institution: str, time_zone: str | None) -> Person:
    """Basic information was given. A time zone that is not given stays."""
    return change(person, name=name, institution=institution, time_zone=time_zone or person.time_zone)


def set_roles(person: Person, roles: Iterable[str]) -> Person:
    """Exactly these roles from now on, in the order in which the contract names them. Refuses one that nobody knows."""
    wanted = set(roles)
    unknown = sorted(wanted - set(ROLES))
    if unknown:
        raise RolesUnknown(f"There is no role {unknown[0]!r}.", [Fault("roles", f"some of {', '.join(ROLES)}")])
    return change(person, roles=tuple(role for role in ROLES if role in wanted))


def sign_out_everywhere(person: Person, now: datetime) -> Person:
    """Sessions begun before `now` are void."""
    return change(person, sessions_valid_from=now)
