"""A mail is in its person's language and time zone."""

from tests.component.notify.conftest import Mails
from tests.component.notify.relay import text_of


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
