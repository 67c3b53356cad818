"""From an event to a mail in the relay's hands and a word about it."""

import re
from datetime import UTC, datetime
from email import policy
from uuid import UUID, uuid4

import pytest

from contracts.claims import Money
from contracts.events.badging import BadgeIssued
from contracts.events.intake import ApplicationWithdrawn, PersonDescribed
from contracts.events.notify import MailFailed, MailSent
from contracts.events.payments import FeePaid, FeeWaived
from contracts.events.review import ReviewerAssigned
from tests.component.conftest import StartService
from tests.component.notify.conftest import SLUG, Mails
from tests.component.notify.relay import running_relay, text_of

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


async def test_names_of_all_scripts_arrive(mails: Mails) -> None:
    person = await mails.service.add_person(name="Žofia Ångström 愛", email="zofia@bücher.example")
    await mails.publish("Équité & Inclusion")
    await mails.service.deliver(mails.fee_due(uuid4(), person))
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["To"] == "zofia@xn--bcher-kva.example"
    assert mail["Subject"] == "The application fee for Équité & Inclusion"
    assert "Hello Žofia Ångström 愛," in text_of(mail)


async def test_a_domain_is_mailed_by_its_own_name_not_by_a_likeness(mails: Mails) -> None:
    for email in ("a@straße.example", "a@strasse.example", "a@βόλος.example"):
        await mails.service.deliver(paid(await mails.service.add_person(email=email)))
    await mails.send()
    assert sorted(to for _, (to,), _, _ in mails.relay.envelopes) == [
        "a@strasse.example",
        "a@xn--nxasmm1c.example",
        "a@xn--strae-oqa.example",
    ]
    assert sorted(mail["To"] for mail in mails.relay.taken) == [
        "a@strasse.example",
        "a@xn--nxasmm1c.example",
        "a@xn--strae-oqa.example",
    ]


async def test_an_address_beyond_ascii_goes_out_by_smtputf8_where_the_relay_offers_it(mails: Mails) -> None:
    mails.relay.utf8 = True
    for email in ("jörg@bücher.example", "ſam@example.org", "ann@example.org"):
        await mails.service.deliver(paid(await mails.service.add_person(email=email, name="Jörg")))
    await mails.send()
    found = {to: (sender, utf8, content) for sender, (to,), utf8, content in mails.relay.envelopes}
    assert {to: (sender, utf8) for to, (sender, utf8, _) in found.items()} == {
        "jörg@xn--bcher-kva.example": ("no-reply@program.example", True),
        "ſam@example.org": ("no-reply@program.example", True),
        "ann@example.org": ("no-reply@program.example", False),
    }
    for to, (_, utf8, content) in found.items():
        head, _, body = content.partition(b"\r\n\r\n")
        assert f"\r\nTo: {to}\r\n".encode() in head  # RFC 6532: as it is, in UTF-8
        assert body.isascii()
        assert head.isascii() != utf8
    assert {state for state, _ in (await mails.states()).values()} == {"sent"}


async def test_without_smtputf8_such_a_mail_fails_and_the_others_go_out(mails: Mails) -> None:
    people = [await mails.service.add_person(email=email) for email in ("jörg@example.org", "ann@example.org")]
    failed, sent = await mails.service.deliver(*(paid(person) for person in people))
    await mails.send()
    assert await mails.states() == {failed.id: ("failed", "no_address"), sent.id: ("sent", "")}
    assert [mail["To"] for mail in mails.relay.taken] == ["ann@example.org"]


async def test_nobody_is_greeted_by_a_name_that_a_stranger_gave(mails: Mails) -> None:
    spam = "You won 5000 USD! Claim at http://evil.example"
    contact = await mails.service.add_person(kind="contact", name=spam, email="ada@example.org")
    await mails.service.deliver(mails.link(contact))
    await mails.send()
    (mail,) = mails.relay.taken
    assert text_of(mail).startswith("Hello,\n")
    assert "5000" not in text_of(mail) + text_of(mail, "html") + str(mail["Subject"])
    await mails.service.add_person(contact, version=2, kind="account", name="Ada", email="ada@example.org")
    await mails.service.deliver(mails.link(contact))
    await mails.send()
    assert text_of(mails.relay.taken[-1]).startswith("Hello Ada,\n")


async def test_the_sender_is_an_address_with_its_domain_in_ascii(service: StartService) -> None:
    async with running_relay() as relay:
        mails = Mails(
            await service("notify", smtp_port=relay.port, smtp_from="Bücher <no-reply@bücher.example>"), relay
        )
        await mails.service.deliver(paid(await mails.service.add_person()))
        await mails.send()
        assert relay.taken[0]["From"] == "Bücher <no-reply@xn--bcher-kva.example>"
        assert relay.envelopes[0][0] == "no-reply@xn--bcher-kva.example"
        assert relay.ids[0].endswith("@xn--bcher-kva.example>")


@pytest.mark.parametrize("sender", ["", "nobody", "The Program", "Bücher <jörg@example.org>", "x <a@b@example.org>"])
async def test_a_sender_that_is_none_stops_the_start(service: StartService, sender: str) -> None:
    with pytest.raises(SystemExit, match=r"SMTP_FROM: .*; give one like"):
        await service("notify", smtp_from=sender)


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
    ("purpose", "token_of_ours", "reason"), [("letter", True, "no_template"), ("sign_in", False, "unreadable")]
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
    template = "sign_in" if purpose == "sign_in" else "link.letter"
    assert await mails.said() == [MailFailed(event_id=sent.id, template=template, person_id=person, reason=reason)]
    assert "bm90" not in await mails.everything_stored()


@pytest.mark.parametrize(
    "address", ["", "ünicode@example.org", "a@example.org\r\nBcc: b@example.org", "a\n@example.org"]
)
async def test_an_address_that_cannot_be_mailed(mails: Mails, address: str) -> None:
    person = await mails.service.add_person(email=address)
    (sent,) = await mails.service.deliver(paid(person))
    await mails.send()
    assert await mails.states() == {sent.id: ("failed", "no_address")}


async def test_a_changed_address_is_used(mails: Mails) -> None:
    person = await mails.service.add_person(email="old@example.org")
    await mails.service.deliver(paid(person))
    await mails.service.add_person(person, version=2, email="new@example.org")
    await mails.send()
    assert [mail["To"] for mail in mails.relay.taken] == ["new@example.org"]


async def test_the_language_at_the_time_of_sending_counts(mails: Mails) -> None:
    person = await mails.service.add_person(name="Ana", language="en", time_zone="UTC")
    await mails.service.deliver(mails.link(person, minutes=30))
    await mails.service.add_person(person, version=2, name="Ana", language="es-MX", time_zone="America/Mexico_City")
    mails.service.clock.move(minutes=1)
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["Subject"] == "Su enlace para iniciar sesión"
    assert text_of(mail).startswith("Hola, Ana:\n\nAbra este enlace para iniciar sesión.")
    assert "hora estándar central.\n" in text_of(mail)
    assert '<html lang="es"' in text_of(mail, "html")


async def test_a_language_and_a_zone_that_nobody_knows_are_english_and_utc(mails: Mails) -> None:
    await mails.service.deliver(
        mails.link(await mails.service.add_person(language="tlh", time_zone="Moon/Tranquility"))
    )
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["Subject"] == "Your sign-in link"
    assert "\u202fPM UTC.\n" in text_of(mail) or "\u202fAM UTC.\n" in text_of(mail)


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
