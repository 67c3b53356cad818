"""What reviewing keeps of a credential, and the agreements that reviewers sign."""

from typing import Any

import pytest

from contracts.catalog import Agreement, CredentialDefinition, Group, Item, Requirement, ReviewPolicy, Rubric
from services.review.domain import credentials
from services.review.domain.credentials import AgreementAsked, Credential, Profile
from services.review.domain.refusals import Refused
from tests.unit.review.builders import ANN, LEVELS, NOW


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
        reviewers=3,
        business_days=10,
        agreement_version="7",
        agreement_text="Be fair.",
    )


def profile(*slugs: str, **accepted: Any) -> Profile:
    return Profile(ANN, slugs, 5, "", accepted)


def test_the_unsigned_agreement_comes_first() -> None:
    newest = [
        credential("pottery", "6"),
        credential("weaving"),
        credential("dyeing"),
        credential("planned", "9", groups=()),
    ]
    assert credentials.agreements_asked(profile(**{"6": NOW}), newest) == [
        AgreementAsked("7", "Be fair.", ("weaving", "dyeing"), None),
        AgreementAsked("6", "Be fair.", ("pottery",), NOW),
    ]
    assert credentials.agreements_asked(profile("pottery"), newest) == [
        AgreementAsked("6", "Be fair.", ("pottery",), None)
    ]
    assert credentials.agreements_asked(profile("planned"), newest) == []


def test_a_profile_names_what_exists() -> None:
    known = [credential("pottery", "6"), credential("weaving")]
    credentials.check_profile(profile(), ["weaving", "pottery"], "7", known)
    credentials.check_profile(profile(), [], None, [])
    credentials.check_profile(profile(**{"5": NOW}), [], "5", known)
    with pytest.raises(Refused) as bad:
        credentials.check_profile(profile(), ["weaving", "hats"], "8", known)
    assert bad.value.errors == (
        ("credentials.1", "is no credential; there are pottery, weaving"),
        ("agreement.version", "is no version of the reviewers' agreement; there are 6, 7"),
    )
