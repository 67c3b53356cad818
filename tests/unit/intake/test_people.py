"""People: addresses, versions, roles, sessions."""

from uuid import UUID

import pytest

from contracts.events.intake import PersonDescribed
from services.intake.domain.people import Person, describe, described, email_key, set_roles, sign_in, sign_out_everywhere
from services.intake.domain.refusals import RolesUnknown
from tests.unit.intake.builders import NOW, later

CONTACT = Person(person_id=UUID(int=1), email="Ada@Example.org", sessions_valid_from=NOW)


def test_two_spellings_of_one_address() -> None:
    assert email_key(" Ada@Example.ORG ") == email_key("ada@example.org") == "ada@example.org"
    assert email_key("e\u0301@x.org") == email_key("\u00c9@x.org")
    assert email_key("ada@example.org") != email_key("ada@example.com")


def test_the_first_use_of_a_link_makes_an_account_and_the_next_changes_nothing() -> None:
    account = sign_in(CONTACT, "")
    assert (account.kind, account.version, account.roles) == ("account", 2, ())
    assert sign_in(account, "ada@example.org") is account


def test_the_first_administrator() -> None:
    assert sign_in(CONTACT, "ADA@example.org").roles == ("admin",)
    assert sign_in(CONTACT, "eve@example.org").roles == ()


def test_a_change_is_one_version_and_no_change_none() -> None:
    named = describe(CONTACT, name="Ada", institution="College", time_zone="Europe/Rome")
    assert (named.version, named.name, named.institution, named.time_zone) == (2, "Ada", "College", "Europe/Rome")
    assert describe(named, name="Ada", institution="College", time_zone=None) is named


def test_roles_are_exactly_those_given() -> None:
    judge = set_roles(CONTACT, ["chair", "reviewer", "chair"])
    assert (judge.roles, judge.version) == (("reviewer", "chair"), 2)
    assert set_roles(judge, []).roles == ()
    with pytest.raises(RolesUnknown) as refused:
        set_roles(judge, ["chair", "king"])
    assert [fault.field for fault in refused.value.faults] == ["roles"]


def test_signing_out_everywhere() -> None:
    out = sign_out_everywhere(CONTACT, later(1))
    assert (out.sessions_valid_from, out.version) == (later(1), 2)


def test_the_event_says_the_whole_person() -> None:
    person = Person(
        person_id=UUID(int=1),
        version=3,
        kind="account",
        name="Ada",
        email="a@x.org",
        institution="C",
        roles=("admin",),
        language="it",
        time_zone="Europe/Rome",
        sessions_valid_from=NOW,
    )
    assert described(person) == PersonDescribed(
        person_id=UUID(int=1),
        version=3,
        kind="account",
        name="Ada",
        email="a@x.org",
        institution="C",
        roles=("admin",),
        language="it",
        time_zone="Europe/Rome",
        sessions_valid_from=NOW,
    )
