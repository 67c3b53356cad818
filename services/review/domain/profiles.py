"""What reviewers say of themselves, and the agreements that they sign."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.refusals import Fault, NotYours, Text, WrongState
from services.review.domain.access import Caller
from services.review.domain.credentials import Credential


@dataclass(frozen=True, slots=True)
class AgreementAsked:
    """An agreement that reviewers of these credentials sign, and when this reviewer signed it."""

    version: str
    text: str
    credentials: tuple[str, ...]
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a reviewer says of themselves. `accepted`: agreement version to the time of signing."""

    person_id: UUID
    credentials: tuple[str, ...]
    capacity: int
    institution: str
    accepted: Mapping[str, datetime]


def kept(profile: Profile) -> Mapping[str, Any]:
    """The parts of the profile that the reviewer edits together, for editions."""
    fields = profile.credentials, profile.capacity, profile.institution
    return dict(zip(("credentials", "capacity", "institution"), fields, strict=True))


def agreements_asked(profile: Profile, newest: Iterable[Credential]) -> list[AgreementAsked]:
    """Every agreement of the newest versions of the reviewer's credentials (of all, if they named none), the unsigned
    ones first.

    A credential without items has nothing to judge yet, so it asks for no agreement.
    """
    asked: dict[str, AgreementAsked] = {}
    for credential in newest:
        if not credential.items or (profile.credentials and credential.slug not in profile.credentials):
            continue
        version = credential.agreement_version
        before = asked[version].credentials if version in asked else ()
        asked[version] = AgreementAsked(
            version, credential.agreement_text, (*before, credential.slug), profile.accepted.get(version)
        )
    return sorted(asked.values(), key=lambda one: one.accepted_at is not None)


def changed(
    before: Profile,
    credentials: Sequence[str],
    capacity: int,
    institution: str,
    agreement: tuple[str, bool] | None,
    known: Iterable[Credential],
    now: datetime,
) -> Profile:
    """The profile after the reviewer's change. `agreement`: a version, and whether they accept it.

    The time of the first signing stays. Raises WrongState for a credential or an agreement that the catalog does not
    have, as far as it is known here. A version that was signed before may be named again.
    """
    _check(before, credentials, agreement, list(known))
    accepted = dict(before.accepted)
    match agreement:
        case (version, True):
            accepted.setdefault(version, now)
        case (version, False):
            accepted.pop(version, None)
    return Profile(before.person_id, tuple(credentials), capacity, institution, accepted)


def _check(
    before: Profile, credentials: Sequence[str], agreement: tuple[str, bool] | None, known: Sequence[Credential]
) -> None:
    slugs = sorted({credential.slug for credential in known})
    versions = sorted({credential.agreement_version for credential in known} | set(before.accepted))
    no_credential = Text("is not a credential; use one of %(slugs)s", slugs=", ".join(slugs))
    faults = [Fault(f"credentials.{n}", no_credential) for n, slug in enumerate(credentials) if slug not in slugs]
    if agreement is not None and agreement[0] not in versions:
        no_version = Text(
            "is not a version of the reviewers' agreement; use one of %(versions)s", versions=", ".join(versions)
        )
        faults.append(Fault("agreement.version", no_version))
    if faults:
        raise WrongState(
            Text("the catalog that this service knows does not have everything that you named; use what it has"),
            type="not_in_catalog",
            faults=faults,
        )


def check_judges(caller: Caller) -> None:
    """Raises NotYours for people who have no profile here."""
    if not caller.judges:
        raise NotYours(Text("only reviewers and chairs have a profile here; ask an administrator for the role"))
