"""Notices to everybody with a role: one mail to each, in any order of events, and none to people who lost the role."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from contracts.envelope import Envelope
from contracts.events.notify import MailFailed, MailSent
from contracts.events.people import PersonDescribed, PersonErased
from contracts.events.review import CaseUnstaffed
from tests.component.notify.conftest import SLUG, Mails
from tests.component.notify.relay import text_of


def unstaffed(**changes: object) -> CaseUnstaffed:
    fields = {
        "case_id": uuid4(),
        "application_id": uuid4(),
        "submission_number": "S-234567",
        "credential": SLUG,
        "credential_version": 1,
    }
    return CaseUnstaffed.model_validate(fields | {"lacking": ("chair", "reviewer", "reviewer")} | changes)


def described(person_id: UUID, *roles: str, version: int = 1) -> PersonDescribed:
    at = datetime(2000, 1, 1, tzinfo=UTC)
    return PersonDescribed(
        person_id=person_id, version=version, email=f"{person_id}@example.org", roles=roles, sessions_valid_from=at
    )


def told(mails: Mails) -> list[str]:
    return sorted(str(mail["To"]) for mail in mails.relay.taken)


def address(*people: UUID) -> list[str]:
    return sorted(f"{person}@example.org" for person in people)


async def test_staff_are_told_and_nobody_else(mails: Mails) -> None:
    await mails.publish()
    staff, both = (
        await mails.service.add_person(roles=("staff",)),
        await mails.service.add_person(roles=("reviewer", "staff")),
    )
    for roles in ((), ("reviewer",), ("chair", "admin", "operator")):
        await mails.service.add_person(roles=roles)
    event = unstaffed()
    (sent,) = await mails.service.deliver(event)
    await mails.send()
    assert told(mails) == address(staff, both)
    mail = mails.relay.taken[0]
    assert mail["Subject"] == "Nobody can be found to judge submission S-234567"
    text = text_of(mail)
    assert "Submission S-234567 for Community Engagement Fundamentals waits" in text
    assert "- 1 chair\n- 2 reviewers\n" in text
    assert f"\nhttps://program.example/review/cases/{event.case_id}\n" in text
    assert str(event.application_id) not in mail.as_string()
    assert {one.person_id for one in await mails.said() if isinstance(one, MailSent) and one.event_id == sent.id} == {
        staff,
        both,
    }


async def test_a_notice_that_comes_ten_times_is_told_once(mails: Mails) -> None:
    await mails.publish()
    staff = await mails.service.add_person(roles=("staff",))
    (sent,) = await mails.service.deliver(unstaffed())
    await mails.service.deliver(*[sent] * 9)
    await mails.send()
    await mails.service.deliver(sent)
    await mails.service.add_person(staff, version=2, roles=("staff",))
    await mails.send()
    assert told(mails) == address(staff)


async def test_it_may_come_before_those_who_are_to_be_told_and_before_the_catalog(mails: Mails) -> None:
    first, late, other = uuid4(), uuid4(), uuid4()
    await mails.service.deliver(described(first, "staff"), unstaffed(), described(other, "reviewer"))
    await mails.service.deliver(described(late, "staff"))
    await mails.send()
    assert mails.relay.taken == []
    await mails.publish()
    await mails.send()
    assert told(mails) == address(first, late)
    mails.service.clock.move(hours=25)
    await mails.service.deliver(described(other, "staff", version=2))
    await mails.send()
    assert told(mails) == address(first, late)


async def test_who_has_lost_the_role_or_was_erased_meanwhile_is_not_told(mails: Mails) -> None:
    stays, loses = [await mails.service.add_person(roles=("staff",)) for _ in range(2)]
    goes = await mails.service.add_person(roles=("staff",), kind="contact")  # who has an account is told of it
    (sent,) = await mails.service.deliver(unstaffed())
    await mails.service.deliver(described(loses, "reviewer", version=2), PersonErased(person_id=goes))
    await mails.publish()
    await mails.send()
    assert told(mails) == address(stays)
    rows = await mails.service.database.pool.fetch(
        "SELECT person_id, state, reason FROM mails WHERE event_id = $1", sent.id
    )
    assert {row["person_id"]: (row["state"], row["reason"]) for row in rows} == {
        stays: ("sent", ""),
        loses: ("dropped", "role_lost"),
        goes: ("dropped", "erased"),
    }
    assert {one.person_id: one.reason for one in await mails.said() if isinstance(one, MailFailed)} == {
        loses: "role_lost",
        goes: "erased",
    }


async def test_what_comes_at_the_same_moment_as_the_person_is_told(mails: Mails) -> None:
    """Two replicas: one hears of the case, the other of the person."""
    await mails.publish()
    service, people = mails.service, [uuid4() for _ in range(20)]
    for n, person in enumerate(people):
        both = [
            service.record(service.envelope(one))
            for one in (unstaffed(submission_number=f"S-{n}"), described(person, "staff"))
        ]
        await asyncio.gather(*(service.deliver_records([record]) for record in both))
    await mails.send()
    while await mails.service.database.pool.fetchval("SELECT count(*) FROM mails WHERE state = 'due'"):
        await mails.send()
    assert sorted(set(told(mails))) == address(*people)
    rows = await service.database.pool.fetch("SELECT facts ->> 'submission_number' AS number, person_id FROM mails")
    assert {(f"S-{n}", person) for n, person in enumerate(people)} <= {
        (row["number"], row["person_id"]) for row in rows
    }


async def test_a_mail_from_before_keeps_the_message_id_of_its_event(mails: Mails) -> None:
    person = await mails.service.add_person()
    (sent,) = await mails.service.deliver(mails.link(person))
    await mails.service.database.pool.execute("UPDATE mails SET identity = NULL")
    await mails.send()
    assert [mail["Message-ID"] for mail in mails.relay.taken] == [f"<{sent.id}.{person.hex[:8]}@program.example>"]
    assert isinstance(sent, Envelope)
