"""The public catalog."""

from datetime import date

from contracts.catalog import Agreement, CredentialDefinition, EligibilityRule, Group, Item, PathChoice, Rubric
from contracts.catalog import Requirement as Asked
from contracts.catalog import Resource as Offered
from contracts.claims import Money
from services.intake.views import Maybe, View


class Limits(View):
    """The limits of a material. Words, minutes, bytes and counts are whole numbers."""

    min_words: Maybe[int] = None
    max_words: Maybe[int] = None
    min_minutes: Maybe[int] = None
    max_minutes: Maybe[int] = None
    media_types: Maybe[tuple[str, ...]] = None
    max_bytes: Maybe[int] = None
    min_count: Maybe[int] = None
    max_count: Maybe[int] = None


class Requirement(View):
    """One thing that an applicant hands in. With `path`, only applicants who chose that path."""

    key: str
    kind: str
    name: str
    description: str
    required: bool
    due: str
    limits: Limits
    path: Maybe[str] = None


class Resource(View):
    """A training, a reading or a hub, and the items that it prepares for."""

    key: str
    kind: str
    title: str
    provider: str
    url: Maybe[str] = None
    approved_on: Maybe[date] = None
    items: tuple[str, ...]


class Credential(View):
    """One version of a credential."""

    slug: str
    version: int
    name: str
    state: str
    summary: str
    fee: Money
    eligibility: Maybe[str] = None
    eligibility_rule: Maybe[EligibilityRule] = None
    criteria: str
    agreement: Agreement
    groups: tuple[Group, ...]
    requirements: tuple[Requirement, ...]
    paths: Maybe[PathChoice] = None
    rubric: Rubric
    resources: tuple[Resource, ...]
    gap_at_most: int

    @property
    def items(self) -> tuple[Item, ...]:
        """All items of all groups, in their order."""
        return tuple(item for group in self.groups for item in group.items)

    def path_name(self, key: str | None) -> str:
        """The name of a path; empty for none."""
        options = () if self.paths is None else self.paths.options
        return next((option.name for option in options if option.key == key), "")


_credentials: dict[tuple[str, int], tuple[CredentialDefinition, Credential]] = {}


def credential(definition: CredentialDefinition) -> Credential:
    """A version of a credential, as everybody sees it. It is made once for a definition: every page shows it."""
    made = _credentials.get((definition.slug, definition.version))
    if made is None or made[0] is not definition:
        made = _credentials[definition.slug, definition.version] = (definition, _credential(definition))
    return made[1]


def _credential(definition: CredentialDefinition) -> Credential:
    return Credential(
        slug=definition.slug,
        version=definition.version,
        name=definition.name,
        state=definition.state,
        summary=definition.summary,
        fee=definition.fee,
        eligibility=definition.eligibility,
        eligibility_rule=definition.eligibility_rule,
        criteria=definition.criteria,
        agreement=definition.agreement,
        groups=definition.groups,
        requirements=tuple(Requirement(**asked(requirement)) for requirement in definition.requirements),
        paths=definition.paths,
        rubric=definition.rubric,
        resources=tuple(resource(offered) for offered in definition.resources),
        gap_at_most=definition.gap_at_most,
    )


def asked(requirement: Asked) -> dict[str, object]:
    """The fields of a requirement."""
    return {
        "key": requirement.key,
        "kind": requirement.kind,
        "name": requirement.name,
        "description": requirement.description,
        "required": requirement.required,
        "due": requirement.due,
        "limits": Limits(**requirement.limits.model_dump()),
        "path": requirement.path,
    }


def resource(offered: Offered) -> Resource:
    """A resource."""
    return Resource(**offered.model_dump())
