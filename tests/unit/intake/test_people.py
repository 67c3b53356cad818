"""People: addresses, names, versions, roles, sessions."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.events.people import PersonDescribed
from contracts.refusals import Invalid, WrongState
from services.intake.domain.people import Person, ask, describe, described, set_roles, sign_in, sign_out_everywhere
from tests.unit.intake.builders import NOW, later

CONTACT = Person(person_id=UUID(int=1), email="Ada@example.org", email_key="ada@example.org", sessions_valid_from=NOW)


def test_a_contact_is_mailed_where_it_was_asked_for_and_an_account_where_it_was_confirmed() -> None:
    moved = ask(CONTACT, "ada@example.org")
    assert (moved.email, moved.version, moved.email_key) == ("ada@example.org", 2, "ada@example.org")
    assert ask(CONTACT, "Ada@example.org") is CONTACT
    account = sign_in(CONTACT, "", "")
    assert ask(account, "ada@example.org") is account


def test_the_first_use_of_a_link_makes_an_account_and_the_next_changes_nothing() -> None:
    account = sign_in(CONTACT, "", "")
    assert (account.kind, account.version, account.roles) == ("account", 2, ())
    assert sign_in(account, "ada@example.org", "") is account


def test_a_name_comes_with_the_link_that_is_used_and_only_to_who_has_none() -> None:
    ada = sign_in(CONTACT, "", "Ada")
    assert (ada.name, ada.version) == ("Ada", 2)
    assert sign_in(ada, "", "Mallory") is ada
    assert sign_in(sign_in(CONTACT, "", ""), "", "Ada").name == "Ada"
    # Until 0.1.0 a stranger could name a contact.
    assert sign_in(replace(CONTACT, name="You won"), "", "").name == ""


def test_the_first_administrator() -> None:
    assert sign_in(CONTACT, "ada@example.org", "").roles == ("admin",)
    assert sign_in(CONTACT, "eve@example.org", "").roles == ()
    assert sign_in(replace(CONTACT, email_key=""), "", "").roles == ()


def test_a_change_is_one_version_and_no_change_none() -> None:
    named = describe(CONTACT, name="Ada", institution="College", time_zone="Europe/Rome")
    assert (named.version, named.name, named.institution, named.time_zone) == (2, "Ada", "College", "Europe/Rome")
    assert describe(named, name="Ada", institution="College", time_zone=None) is named


def test_roles_are_exactly_those_given() -> None:
    judge = set_roles(CONTACT, ["chair", "reviewer", "chair"], 1)
    assert (judge.roles, judge.version) == (("reviewer", "chair"), 2)
    assert set_roles(judge, [], 0).roles == ()
    with pytest.raises(Invalid) as refused:
        set_roles(judge, ["chair", "king"], 1)
    assert [fault.field for fault in refused.value.faults] == ["roles"]


def test_the_last_administrator_stays_one() -> None:
    admin = sign_in(CONTACT, "ada@example.org", "")
    with pytest.raises(WrongState) as refused:
        set_roles(admin, ["staff"], 0)
    assert (refused.value.type, [fault.field for fault in refused.value.faults]) == ("last_administrator", ["roles"])
    assert set_roles(admin, ["staff"], 1).roles == ("staff",)
    assert set_roles(admin, ["admin", "staff"], 0).roles == ("staff", "admin")
    # Who cannot sign in yet is not one who could give roles.
    assert set_roles(replace(CONTACT, roles=("admin",)), [], 0).roles == ()


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


def test_a_contact_is_mailed_in_the_language_of_who_asks_and_an_account_keeps_its_own() -> None:
    asked = ask(CONTACT, CONTACT.email, "es")
    assert (asked.language, asked.version) == ("es", 2)
    assert ask(asked, CONTACT.email).language == "es"
    account = sign_in(asked, "", "", "en")
    assert (account.language, account.kind) == ("en", "account")
    assert sign_in(asked, "", "").language == "es"
    assert ask(account, CONTACT.email, "es") is account
    assert sign_in(account, "", "", "es") is account
