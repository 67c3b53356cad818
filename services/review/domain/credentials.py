"""One version of a credential, as far as reviewing needs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.catalog import CredentialDefinition, Level
from services.review.domain.refusals import Refused


@dataclass(frozen=True, slots=True)
class Credential:
    """`items` and `requirements`: key to name, in order. `levels`: worst first. The agreement is the reviewers', not
    the applicant's."""

    slug: str
    version: int
    state: str
    name: str
    items: Mapping[str, str]
    levels: tuple[Level, ...]
    requirements: Mapping[str, str]
    reviewers: int
    business_days: int
    agreement_version: str
    agreement_text: str


def credential_of(definition: CredentialDefinition) -> Credential:
    """What reviewing keeps of a definition."""
    return Credential(
        slug=definition.slug,
        version=definition.version,
        state=definition.state,
        name=definition.name,
        items={item.key: item.name for item in definition.items},
        levels=definition.rubric.levels,
        requirements={requirement.key: requirement.name for requirement in definition.requirements},
        reviewers=definition.review.reviewers,
        business_days=definition.review.business_days,
        agreement_version=definition.review.agreement.version,
        agreement_text=definition.review.agreement.text,
    )


@dataclass(frozen=True, slots=True)
class AgreementAsked:
    """An agreement that reviewers of these credentials sign, and when this reviewer did."""

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


def agreements_asked(profile: Profile, newest: Iterable[Credential]) -> list[AgreementAsked]:
    """Every agreement of the newest versions of the reviewer's credentials (of all, if they named none), the unsigned
    first.

    A credential without items yet has nothing to judge and asks for none.
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


def check_profile(
    before: Profile, credentials: Iterable[str], agreement_version: str | None, known: Iterable[Credential]
) -> None:
    """Raises Refused for a credential or an agreement that the catalog, as heard so far, does not have; one signed
    `before` may be named again."""
    known = list(known)
    slugs = sorted({credential.slug for credential in known})
    versions = sorted({credential.agreement_version for credential in known} | set(before.accepted))
    errors = [
        (f"credentials.{n}", f"is no credential; there are {', '.join(slugs)}")
        for n, slug in enumerate(credentials)
        if slug not in slugs
    ]
    if agreement_version is not None and agreement_version not in versions:
        errors.append(
            ("agreement.version", f"is no version of the reviewers' agreement; there are {', '.join(versions)}")
        )
    if errors:
        raise Refused(
            "not_in_catalog",
            "the catalog, as far as it is known here, does not have all of that; see what it has",
            tuple(errors),
        )
