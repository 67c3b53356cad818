"""The applicant's view of a self-assessment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.catalog import CredentialDefinition
from services.intake.domain import applications, assessment
from services.intake.views import View, catalog


class Recommended(catalog.Resource):
    """A resource, and the gaps for which it prepares."""

    gaps: Sequence[str]


class Assessed(View):
    """The result of a self-assessment: items that are gaps, and resources for them."""

    gaps: Sequence[str]
    resources: Sequence[Recommended]


class SelfAssessment(Assessed):
    """The same with the ratings, from 1 to 5."""

    ratings: Mapping[str, int]


class GivenAssessment(View):
    """A self-assessment as it was given."""

    ratings: Mapping[str, int]
    at: datetime


def self_assessment(found: applications.Application, definition: CredentialDefinition) -> SelfAssessment | None:
    """The ratings and their result; None without ratings."""
    if found.ratings is None:
        return None
    return SelfAssessment(**_assessed(found, definition), ratings=found.ratings)


def assessed(found: applications.Application, definition: CredentialDefinition) -> Assessed:
    """The gaps of a self-assessment, and the resources mapped to them."""
    return Assessed(**_assessed(found, definition))


def _assessed(found: applications.Application, definition: CredentialDefinition) -> dict[str, Sequence[object]]:
    gaps = assessment.gaps(found.ratings or {}, definition)
    return {
        "gaps": gaps,
        "resources": [
            Recommended(**one.resource.model_dump(), gaps=one.gaps) for one in assessment.recommend(gaps, definition)
        ],
    }
