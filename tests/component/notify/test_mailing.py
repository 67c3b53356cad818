"""From an event to a mail at the relay and an event about it."""

import re
from datetime import UTC, datetime
from email import policy
from uuid import UUID, uuid4

import pytest

from contracts.claims import Money
from contracts.events.applications import ApplicationWithdrawn
from contracts.events.badging import BadgeIssued
from contracts.events.notify import MailFailed, MailSent
from contracts.events.payments import FeePaid, FeeWaived
from contracts.events.people import PersonDescribed
from contracts.events.review import ReviewerAssigned
from tests.component.notify.conftest import SLUG, Mails
from tests.component.notify.relay import text_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def paid(person_id: UUID) -> FeePaid:
    return FeePaid(application_id=uuid4(), person_id=person_id, amount=Money(amount_minor=6000))


async def test_a_sign_in_link(mails: Mails) -> None:
    person = await mails.service.add_person(name="Ann", email="ann@example.org")
    (sent,) = await mails.service.deliver(mails.link(person, "tok/en+1"))
    stored_before = await mails.everything_stored()
    await mails.send()

    (mail,) = mails.relay.taken
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "ann@example.org",
        "The Program <no-reply@program.example>",
        "Your sign-in link",
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "\nhttps://program.example/sign-in?token=tok%2Fen%2B1\n" in text_of(mail)
    assert 'href="https://program.example/sign-in?token=tok%2Fen%2B1"' in text_of(mail, "html")
    message_id = mail["Message-ID"]
    assert re.fullmatch(rf"<[0-9a-f-]{{36}}\.{person.hex[:8]}@program\.example>", message_id)
    assert str(sent.id) not in message_id
    assert await mails.said() == [
        MailSent(event_id=sent.id, template="sign_in", person_id=person, message_id=message_id)
    ]
    assert await mails.states() == {sent.id: ("sent", "")}
    assert sent.data.sealed in stored_before
    stored_after = await mails.everything_stored()
    assert sent.data.sealed not in stored_after
    assert "tok" not in stored_before + stored_after


async def test_what_is_said_of_a_mail_has_its_event_as_cause(mails: Mails) -> None:
    person = await mails.service.add_person()
    story = uuid4()
    (sent,) = await mails.service.deliver(mails.service.envelope(paid(person), correlation_id=story))
    await mails.send()
    rows = await mails.service.database.pool.fetch("SELECT key, payload FROM outbox WHERE topic = 'notify.deliveries'")
    (said,) = [one for one in await mails.service.said() if isinstance(one.event, MailSent)]
    assert (said.correlation_id, [row["key"] for row in rows]) == (story, [str(sent.data.application_id)])
    assert f'"causation_id":"{sent.id}"'.encode() in rows[0]["payload"]


async def test_an_event_that_comes_ten_times_is_mailed_once(mails: Mails) -> None:
    person = await mails.service.add_person()
    (sent,) = await mails.service.deliver(paid(person))
    await mails.service.deliver(*[sent] * 9)
    await mails.send()
    await mails.service.deliver(sent)
    await mails.send()
    assert len(mails.relay.taken) == 1
    assert len(await mails.said()) == 1


async def test_who_is_not_here_yet_is_waited_for(mails: Mails) -> None:
    person, application = uuid4(), uuid4()
    (due,) = await mails.service.deliver(mails.fee_due(application, person, person_version=2))
    await mails.send()
    assert mails.relay.taken == []
    await mails.service.add_person(person, name="Old name")
    await mails.publish()
    await mails.send()
    assert mails.relay.taken == []
    await mails.service.add_person(person, version=2, name="New name")
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["Subject"] == "The application fee for Community Engagement Fundamentals"
    assert "Hello New name," in text_of(mail)
    assert await mails.states() == {due.id: ("sent", "")}


async def test_a_catalog_entry_that_is_not_here_yet_is_waited_for(mails: Mails) -> None:
    person = await mails.service.add_person()
    (due,) = await mails.service.deliver(mails.fee_due(uuid4(), person))
    await mails.publish()
    await mails.send()
    assert await mails.states() == {due.id: ("sent", "")}


async def test_a_batch_may_have_its_people_last(mails: Mails) -> None:
    first, second = uuid4(), uuid4()
    await mails.publish()
    events = [mails.fee_due(uuid4(), first), paid(second), mails.link(second), mails.link(first), paid(first)]
    described = [
        PersonDescribed(person_id=one, version=1, email=f"{one}@example.org", name="P", sessions_valid_from=NOON)
        for one in (first, second)
    ]
    await mails.service.deliver(*events, *described)
    assert await mails.service.database.pool.fetchval("SELECT count(*) FROM held") == 0
    await mails.send()
    assert sorted(mail["To"] for mail in mails.relay.taken) == sorted(
        [f"{first}@example.org"] * 3 + [f"{second}@example.org"] * 2
    )


async def test_the_catalog_s_newest_word_counts(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.publish("Second name", version=2)
    await mails.publish("First name", version=1)
    await mails.service.deliver(mails.fee_due(uuid4(), person))
    await mails.send()
    assert [mail["Subject"] for mail in mails.relay.taken] == ["The application fee for Second name"]


async def test_events_that_mail_nobody_leave_nothing(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.service.deliver(FeeWaived(application_id=uuid4(), person_id=person, amount=Money(amount_minor=6000)))
    await mails.send()
    assert (mails.relay.taken, await mails.states(), await mails.said()) == ([], {}, [])


async def test_a_reviewer_s_mail_says_nothing_of_the_applicant(mails: Mails) -> None:
    applicant = await mails.service.add_person(
        name="Secretive Applicant", email="applicant@example.org", institution="Hidden College"
    )
    reviewer = await mails.service.add_person(name="Rae", email="rae@example.org", time_zone="America/Chicago")
    application, case = uuid4(), uuid4()
    await mails.publish()
    await mails.service.deliver(mails.fee_due(application, applicant))
    due_at = mails.service.clock().replace(month=12, day=7, hour=23, minute=0)
    await mails.service.deliver(
        ReviewerAssigned(
            case_id=case,
            application_id=application,
            reviewer_id=reviewer,
            role="chair",
            submission_number="S-7",
            due_at=due_at,
        )
    )
    await mails.send()
    (mail,) = [one for one in mails.relay.taken if one["To"] == "rae@example.org"]
    assert mail["Subject"] == "Submission S-7 is waiting for you"
    assert "5:00\u202fPM CST" in text_of(mail)
    for hidden in (str(application), str(applicant), "Secretive", "applicant@", "Hidden"):
        assert hidden not in mail.as_string()
    assert len(mails.relay.taken) == 2


async def test_a_badge_s_mail_has_its_address_and_linkedin_s(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.publish()
    badge = uuid4()
    url = f"https://badges.example/badges/{badge}"
    await mails.service.deliver(
        BadgeIssued(
            badge_id=badge,
            person_id=person,
            application_id=uuid4(),
            decision_id=uuid4(),
            achievement=SLUG,
            credential_version=1,
            url=url,
        )
    )
    await mails.send()
    (mail,) = mails.relay.taken
    assert f"\n{url}\n" in text_of(mail)
    assert (
        "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Community+Engagement+Fundamentals"
        in text_of(mail)
    )


async def test_a_mail_has_no_line_that_a_relay_may_refuse(mails: Mails) -> None:
    person = await mails.service.add_person(name=("Ångström " * 40).strip())
    name = "A credential whose name is longer than any line of a header may be " * 3
    await mails.publish(name.strip())
    await mails.service.deliver(mails.fee_due(uuid4(), person))
    await mails.send()
    (mail,) = mails.relay.taken
    as_it_came = mail.as_bytes(policy=policy.default.clone(refold_source="none"))
    assert max(len(line) for line in as_it_came.splitlines()) <= 78
    assert mail["Subject"] == f"The application fee for {name.strip()}"
    assert f"Hello {'Ångström ' * 39}Ångström,\n" in text_of(mail)
    assert mail["Content-Type"].params["boundary"] in mail.as_string()
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [defect for part in mail.walk() for defect in part.defects] == []


async def test_many_mails_share_few_connections(mails: Mails) -> None:
    people = [await mails.service.add_person() for _ in range(5)]
    events = [paid(people[n % 5]) for n in range(120)]
    await mails.service.deliver(*events)
    await mails.send()
    assert len(set(mails.relay.ids)) == len(mails.relay.taken) == 120
    assert mails.relay.connections <= 4
    said = await mails.said()
    assert {one.application_id for one in said} == {event.application_id for event in events}
    assert all(isinstance(one, MailSent) for one in said)
    connections = mails.relay.connections
    await mails.service.deliver(paid(people[0]))
    await mails.send()
    assert mails.relay.connections == connections


@pytest.mark.parametrize(
    ("purpose", "token_of_ours", "reason"), [("invitation", True, "no_template"), ("sign_in", False, "unreadable")]
)
async def test_links_that_cannot_be_mailed_are_said_to_have_failed(
    mails: Mails, purpose: str, token_of_ours: bool, reason: str
) -> None:
    person = await mails.service.add_person()
    link = mails.link(person, purpose=purpose)
    (sent,) = await mails.service.deliver(
        link if token_of_ours else link.model_copy(update={"sealed": "bm90IHNlYWxlZA=="})
    )
    await mails.send()
    assert mails.relay.taken == []
    template = "sign_in" if purpose == "sign_in" else f"link.{purpose}"
    assert await mails.said() == [MailFailed(event_id=sent.id, template=template, person_id=person, reason=reason)]
    assert "bm90" not in await mails.everything_stored()


async def test_a_mail_that_was_taken_on_before_links_were_paths_still_goes_out(mails: Mails) -> None:
    person = await mails.service.add_person()
    link, fee = await mails.service.deliver(mails.link(person, "tok"), paid(person))
    pool = mails.service.database.pool
    for event_id, gone, was in (
        (link.id, "none", {"address": "https://old.example/sign-in"}),
        (fee.id, "path", {"link": "https://old.example/api/applications/1"}),
    ):
        await pool.execute("UPDATE mails SET facts = facts - $2 || $3 WHERE event_id = $1", event_id, gone, was)
    await mails.send()
    told = sorted(text_of(mail) for mail in mails.relay.taken)
    assert ["https://program.example/sign-in?token=tok\n" in text for text in told] == [True, False]
    assert ["https://old.example/api/applications/1\n" in text for text in told] == [False, True]


async def test_withdrawn(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.publish()
    await mails.service.deliver(
        ApplicationWithdrawn(application_id=uuid4(), person_id=person, credential=SLUG, credential_version=1)
    )
    await mails.send()
    assert [mail["Subject"] for mail in mails.relay.taken] == [
        "Your application for Community Engagement Fundamentals was withdrawn"
    ]


def test_persons_are_told_apart_in_message_ids() -> None:
    from services.notify.clients import message_id

    event, one, other = uuid4(), uuid4(), uuid4()
    assert message_id(event, one, "b.example") == f"<{event}.{one.hex[:8]}@b.example>"
    assert message_id(event, one, "b.example") != message_id(event, other, "b.example")
