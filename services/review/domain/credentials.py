"""One version of a credential, as far as reviewing needs it."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.catalog import MOST_REVIEWERS, CredentialDefinition, Level
from services.review.domain.seats import CHAIR, REVIEWER


@dataclass(frozen=True, slots=True)
class Credential:
    """`items` and `requirements`: key to name, in order. `levels`: worst first. `panel`: the roles of a panel, one
    entry for each seat. `agreement` is the reviewers' agreement."""

    slug: str
    version: int
    state: str
    name: str
    items: Mapping[str, str]
    levels: tuple[Level, ...]
    requirements: Mapping[str, str]
    panel: tuple[str, ...]
    business_days: int
    agreement_version: str
    agreement_text: str


def credential_of(definition: CredentialDefinition) -> Credential:
    """The parts of a definition that reviewing keeps. Raises OverflowError for a panel of more than MOST_REVIEWERS."""
    reviewers = definition.review.reviewers
    if reviewers > MOST_REVIEWERS:
        raise OverflowError(f"a panel of {reviewers} reviewers; {MOST_REVIEWERS} are the most")
    return Credential(
        slug=definition.slug,
        version=definition.version,
        state=definition.state,
        name=definition.name,
        items={item.key: item.name for item in definition.items},
        levels=definition.rubric.levels,
        requirements={requirement.key: requirement.name for requirement in definition.requirements},
        panel=(CHAIR, *[REVIEWER] * reviewers),
        business_days=definition.review.business_days,
        agreement_version=definition.review.agreement.version,
        agreement_text=definition.review.agreement.text,
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """How cases of one version are judged. `agreements`: a reviewer must have signed one of them. They are the
    version's own and that of the credential's newest version, which can be signed now."""

    panel: tuple[str, ...]
    business_days: int
    agreements: frozenset[str]
