"""Recipients and senders: names and addresses of all scripts."""

from uuid import UUID, uuid4

import pytest

from contracts.claims import Money
from contracts.events.payments import FeePaid
from tests.component.conftest import StartService
from tests.component.notify.conftest import Mails
from tests.component.notify.relay import running_relay, text_of


def paid(person_id: UUID) -> FeePaid:
    return FeePaid(application_id=uuid4(), person_id=person_id, amount=Money(amount_minor=6000))


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
