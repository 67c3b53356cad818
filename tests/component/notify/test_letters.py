"""Mails about letters: the asker is named, waited for, and forgotten."""

from uuid import UUID, uuid4

from contracts.events.letters import LetterAnswered
from contracts.events.links import LinkIssued
from contracts.events.notify import MailFailed
from contracts.events.people import PersonErased
from tests.component.notify.conftest import SLUG, Mails
from tests.component.notify.relay import text_of

APPLICATION = UUID(int=7)


def asking(mails: Mails, referee: UUID, asker: UUID, **changes: object) -> LinkIssued:
    fields = {
        "application_id": APPLICATION,
        "asker_id": asker,
        "credential": SLUG,
        "credential_version": 1,
        "requirement": "letter",
        "requirement_name": "Letter of reference",
    }
    return mails.link(referee, "the-token", minutes=60 * 24 * 60, purpose="letter").model_copy(update=fields | changes)


async def test_the_mail_waits_for_who_asks_and_names_them(mails: Mails) -> None:
    referee = await mails.service.add_person(kind="contact", name="", email="bo@partner.example", language="es")
    asker = uuid4()
    await mails.publish()
    await mails.service.deliver(asking(mails, referee, asker, asker_version=2))
    await mails.service.add_person(asker, name="Ada Before")
    await mails.send()
    assert mails.relay.taken == []
    await mails.service.add_person(asker, version=2, name="Ada\nLovelace")
    await mails.send()
    (mail,) = mails.relay.taken
    assert (mail["To"], mail["Subject"]) == ("bo@partner.example", "Ada Lovelace le pide una carta")
    text = text_of(mail)
    assert "Community Engagement Fundamentals" in text
    assert "Letter of reference" in text
    assert "https://program.example/letters/the-token" in text
    assert "https://program.example/account" not in text
    kept = await mails.everything_stored()
    assert "the-token" not in kept
    assert "Ada" not in kept


async def test_an_asker_without_a_name_and_a_reminder(mails: Mails) -> None:
    referee, asker = await mails.service.add_person(kind="contact"), await mails.service.add_person(name="")
    await mails.publish()
    await mails.service.deliver(asking(mails, referee, asker, reminder=True))
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["Subject"] == "Reminder: you are asked for a letter"
    assert text_of(mail).startswith("Hello,\n\nSomebody applies for the micro-credential")


async def test_nobody_is_mailed_on_behalf_of_who_was_erased(mails: Mails) -> None:
    referee, asker = await mails.service.add_person(kind="contact"), uuid4()
    await mails.publish()
    await mails.service.deliver(asking(mails, referee, asker), PersonErased(person_id=asker))
    await mails.send()
    assert mails.relay.taken == []
    (failed,) = await mails.said()
    assert isinstance(failed, MailFailed)
    assert (failed.template, failed.reason) == ("letter", "erased")


async def test_the_applicant_is_told_that_a_letter_came_or_was_declined(mails: Mails) -> None:
    ada = await mails.service.add_person(name="Ada")
    await mails.publish()
    for outcome in ("received", "declined"):
        answered = LetterAnswered(
            application_id=APPLICATION,
            person_id=ada,
            credential=SLUG,
            credential_version=1,
            request_id=uuid4(),
            requirement="letter",
            requirement_name="Letter of reference",
            outcome=outcome,
        )
        await mails.service.deliver(answered)
    await mails.send()
    assert [mail["Subject"] for mail in mails.relay.taken] == [
        "A letter for your application was received",
        "Somebody declined to write a letter for you",
    ]
    assert all(f"https://program.example/applications/{APPLICATION}/letters" in text_of(m) for m in mails.relay.taken)
