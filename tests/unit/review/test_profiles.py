"""What reviewers say of themselves, and the agreements that they sign."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.refusals import NotYours, WrongState
from services.review.domain import profiles
from services.review.domain.access import Caller
from services.review.domain.credentials import Credential
from services.review.domain.profiles import AgreementAsked, Profile
from tests.unit.review.builders import ANN, NOW
from tests.unit.review.test_credentials import credential

EARLIER = NOW - timedelta(days=3)


def profile(*slugs: str, **accepted: Any) -> Profile:
    return Profile(ANN, slugs, 5, "", accepted)


def test_the_unsigned_agreement_comes_first() -> None:
    newest = [
        credential("pottery", "6"),
        credential("weaving"),
        credential("dyeing"),
        credential("planned", "9", groups=()),
    ]
    assert profiles.agreements_asked(profile(**{"6": NOW}), newest) == [
        AgreementAsked("7", "Be fair.", ("weaving", "dyeing"), None),
        AgreementAsked("6", "Be fair.", ("pottery",), NOW),
    ]
    assert profiles.agreements_asked(profile("pottery"), newest) == [
        AgreementAsked("6", "Be fair.", ("pottery",), None)
    ]
    assert profiles.agreements_asked(profile("planned"), newest) == []


def said(before: Profile, slugs: list[str], agreement: tuple[str, bool] | None, *known: Credential) -> Profile:
    return profiles.changed(before, slugs, 3, "North", agreement, known, NOW)


def test_a_profile_is_replaced_and_the_first_signing_stays() -> None:
    known = [credential("pottery", "6"), credential("weaving")]
    before = profile("pottery", **{"5": EARLIER, "7": EARLIER})
    assert said(before, ["weaving"], None, *known) == Profile(ANN, ("weaving",), 3, "North", before.accepted)
    assert said(before, [], ("7", True), *known).accepted == {"5": EARLIER, "7": EARLIER}
    assert said(before, [], ("6", True), *known).accepted == {"5": EARLIER, "7": EARLIER, "6": NOW}
    assert said(before, [], ("7", False), *known).accepted == {"5": EARLIER}
    assert said(before, [], ("6", False), *known).accepted == before.accepted


def test_a_profile_names_what_exists() -> None:
    known = [credential("pottery", "6"), credential("weaving")]
    assert said(profile(), ["weaving", "pottery"], ("7", True), *known).credentials == ("weaving", "pottery")
    assert said(profile(**{"5": NOW}), [], ("5", True), *known).accepted == {"5": NOW}
    with pytest.raises(WrongState) as bad:
        said(profile(), ["weaving", "hats"], ("8", True), *known)
    assert bad.value.type == "not_in_catalog"
    assert [(fault.field, str(fault.text)) for fault in bad.value.faults] == [
        ("credentials.1", "is not a credential; use one of pottery, weaving"),
        ("agreement.version", "is not a version of the reviewers' agreement; use one of 6, 7"),
    ]


@pytest.mark.parametrize("role", ["reviewer", "chair"])
def test_only_who_judges_has_a_profile(role: str) -> None:
    profiles.check_judges(Caller(ANN, frozenset({role, "staff"})))
    with pytest.raises(NotYours):
        profiles.check_judges(Caller(ANN, frozenset({"staff", "admin"})))
