"""The parts of a credential that reviewing keeps."""

from typing import Any

import pytest

from contracts.catalog import Agreement, CredentialDefinition, Group, Item, Requirement, ReviewPolicy, Rubric
from services.review.domain import credentials
from services.review.domain.credentials import Credential
from tests.unit.review.builders import LEVELS


def definition(slug: str = "weaving", agreement: str = "7", **changes: Any) -> CredentialDefinition:
    fields: dict[str, Any] = {
        "slug": slug,
        "version": 2,
        "name": "Weaving",
        "state": "open",
        "groups": (
            Group(key="a", kind="area", name="A", items=(Item(key="warp", name="Warp"),)),
            Group(key="b", kind="area", name="B", items=(Item(key="weft", name="Weft"),)),
        ),
        "requirements": (Requirement(key="essay", kind="essay", name="An essay"),),
        "rubric": Rubric(version="1", levels=LEVELS),
        "review": ReviewPolicy(reviewers=3, business_days=10, agreement=Agreement(version=agreement, text="Be fair.")),
    }
    return CredentialDefinition(**(fields | changes))


def credential(slug: str = "weaving", agreement: str = "7", **changes: Any) -> Credential:
    return credentials.credential_of(definition(slug, agreement, **changes))


def test_what_is_kept() -> None:
    assert credential() == Credential(
        slug="weaving",
        version=2,
        state="open",
        name="Weaving",
        items={"warp": "Warp", "weft": "Weft"},
        levels=LEVELS,
        requirements={"essay": "An essay"},
        panel=("chair", "reviewer", "reviewer", "reviewer"),
        business_days=10,
        agreement_version="7",
        agreement_text="Be fair.",
    )


def test_a_panel_that_nobody_could_fill_is_refused() -> None:
    assert len(credential(review=ReviewPolicy(reviewers=20)).panel) == 21
    with pytest.raises(OverflowError, match="a panel of 21 reviewers; 20 are the most"):
        credential(review=ReviewPolicy(reviewers=21))
