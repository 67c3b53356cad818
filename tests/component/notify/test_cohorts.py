"""Mails about a cohort, with its sessions attached."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from icalendar import Calendar

from contracts.events.cohorts import CohortCancelled, CohortMember, CohortPlaceTaken, CohortSession
from tests.component.notify.conftest import Mails
from tests.component.notify.relay import text_of

SESSION = CohortSession(
    session_id=uuid4(), starts_at=datetime(2027, 7, 1, 22, 0, tzinfo=UTC), minutes=90, title="Ünser erstes Treffen"
)
COHORT = {
    "cohort_id": uuid4(),
    "cohort_name": "Herbstgruppe & <mehr>",
    "zone": "America/New_York",
    "sessions": (SESSION,),
}


async def test_a_place_is_mailed_in_the_readers_language_and_zone_with_a_calendar(mails: Mails) -> None:
    person = await mails.service.add_person(
        name="Ana", email="ana@example.org", language="es", time_zone="Europe/Madrid"
    )
    await mails.service.deliver(
        CohortPlaceTaken.model_validate(
            COHORT | {"application_id": uuid4(), "person_id": person, "place": "member", "reason": "moved_up"}
        )
    )
    await mails.send()
    (mail,) = mails.relay.taken
    assert mail["Subject"] == "Usted tiene una plaza en el grupo Herbstgruppe & <mehr>"
    for kind in ("plain", "html"):
        assert "viernes, 2 de julio de 2027, 0:00 CEST" in text_of(mail, kind).replace("\u202f", " ")
    (file,) = list(mail.iter_attachments())
    assert (file.get_content_type(), file.get_filename(), file["content-type"].params["method"]) == (
        "text/calendar",
        "cohort.ics",
        "PUBLISH",
    )
    (event,) = Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")
    assert (str(event["SUMMARY"]), event.start.isoformat()) == (
        "Herbstgruppe & <mehr>: Ünser erstes Treffen",
        "2027-07-01T18:00:00-04:00",
    )


async def test_a_cancelled_cohort_is_told_once_to_each_also_when_it_comes_twice(mails: Mails) -> None:
    people = [await mails.service.add_person(email=f"p{number}@example.org") for number in range(3)]
    told = [CohortMember(application_id=uuid4(), person_id=one) for one in people]
    event = CohortCancelled.model_validate(COHORT | {"members": told[:2], "waiting": told[2:]})
    (sent,) = await mails.service.deliver(event)
    await mails.service.deliver(sent)
    await mails.send()
    assert sorted((mail["To"], len(list(mail.iter_attachments()))) for mail in mails.relay.taken) == [
        ("p0@example.org", 1),
        ("p1@example.org", 1),
        ("p2@example.org", 0),
    ]


async def test_a_place_is_mailed_when_its_person_is_known_later(mails: Mails) -> None:
    person: UUID = uuid4()
    await mails.service.deliver(
        CohortPlaceTaken.model_validate(
            COHORT | {"application_id": uuid4(), "person_id": person, "place": "waiting", "waiting_number": 3}
        )
    )
    await mails.send()
    assert mails.relay.taken == []
    await mails.service.add_person(person, email="late@example.org")
    await mails.send()
    (mail,) = mails.relay.taken
    assert "You are number 3 on its waiting list." in text_of(mail)
