"""Pages of dead letters and journeys: choose, read what will happen, ask for it, and the refusals."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from contracts.claims import Money
from contracts.events.ops import DiscardRequested, RedriveRequested, ResumeRequested
from contracts.events.payments import FeePaid
from tests.component.conftest import StartService
from tests.component.ops.conftest import Console, relay
from tests.component.ops.looking import after, look, send
from tests.one_service import OneService

REASON = "a copy of a test record, agreed with Ann"


@pytest.fixture
async def notify(service: StartService) -> OneService:
    return await service("notify", smtp_from="no-reply@example.org")


async def file_letters(notify: OneService, console: Console, key: UUID, behind: int = 0) -> list[dict[str, str]]:
    """A dead letter and some that are held behind it, as the API shows them."""
    for n in range(1 + behind):
        sent = notify.envelope(FeePaid(application_id=key, person_id=uuid4(), amount=Money(amount_minor=6000)))
        await notify.deliver_records([notify.record(sent) if n else notify.record(sent, value=b'{"broken": true}')])
    await relay(notify, console.service, "dlq.")
    return sorted(await console.items("dead-letters", key=str(key)), key=lambda item: int(item["offset"]))


async def test_the_list_is_filtered_and_paged(console: Console, notify: OneService) -> None:
    empty = await look(console, "/ops/dead-letters")
    assert "No dead letters Records that a service cannot handle are listed here" in empty.text
    first, second = uuid4(), uuid4()
    (one,) = await file_letters(notify, console, first)
    notify.clock.move(seconds=1)
    (other,) = await file_letters(notify, console, second)

    def shown(page: object) -> list[str]:
        return [value for name, value in page.fields if name == "ids"]  # type: ignore[attr-defined]

    assert shown(await look(console, "/ops/dead-letters")) == [one["id"], other["id"]]
    for query in ("consumer=notify", "topic=payments.fees", "type=payments.fee.paid.v1", "state=filed"):
        assert shown(await look(console, f"/ops/dead-letters?{query}")) == [one["id"], other["id"]], query
    assert shown(await look(console, f"/ops/dead-letters?key={second}")) == [other["id"]]
    for query in ("consumer=intake", "topic=review.cases", "type=other", "state=discarded"):
        page = await look(console, f"/ops/dead-letters?{query}")
        assert (shown(page), "No dead letters fit" in page.text) == ([], True), query
    assert (await look(console, "/ops/dead-letters?state=lost")).status == 422

    await console.service.database.pool.execute(
        'INSERT INTO letters SELECT gen_random_uuid(), consumer, gen_random_uuid(), topic, partition, "offset" + n,'
        " key, type, error, attempts, behind, at + n * interval '1 minute', state FROM letters,"
        " generate_series(1, 30) n"
    )
    page = await look(console, "/ops/dead-letters?topic=payments.fees")
    (newer,) = [link for link in page.links if "after=" in link]
    assert newer.startswith("/ops/dead-letters?topic=payments.fees&state=filed&after=")
    rest = await look(console, newer)
    assert (len(shown(page)), len(shown(rest)), len({*shown(page), *shown(rest)})) == (50, 12, 62)
    assert [link for link in rest.links if "after=" in link] == []


async def test_what_a_redrive_will_do_is_told_before_it_is_asked_for(console: Console, notify: OneService) -> None:
    key, foreign = uuid4(), uuid4()
    dead, held = await file_letters(notify, console, key, behind=1)
    (other,) = await file_letters(notify, console, foreign)
    page = await look(console, f"/ops/dead-letters/redrive?ids={held['id']}&ids={other['id']}")
    assert page.headings[0] == "Redrive 3 letters?"
    assert "One letter that you did not choose comes before those" in page.text
    reasons = [(row[0].split()[-1], row[-1]) for row in page.rows if row[-1].endswith(".")]
    assert sorted(reasons) == [
        ("0", "It comes before one that you chose."),
        ("1", "You chose it."),
        ("2", "You chose it."),
    ]
    assert await console.asked() == []

    told = await after(console, await send(console, "/ops/dead-letters/redrive", ids=[held["id"], other["id"]]))
    assert (
        "The redrive was requested. Letters that the consumer can handle now leave this list within seconds."
        in told.text
    )
    assert "Redrive requested" in told.text
    asked = [one for one in await console.asked() if isinstance(one, RedriveRequested)]
    assert {one.letter_key: [str(id) for id in one.message_ids] for one in asked} == {
        str(key): [dead["message_id"], held["message_id"]],
        str(foreign): [other["message_id"]],
    }


async def test_a_discard_wants_a_reason_and_keeps_it(console: Console, notify: OneService) -> None:
    key = uuid4()
    dead, held = await file_letters(notify, console, key, behind=1)
    page = await look(console, f"/ops/dead-letters/discard?ids={dead['id']}")
    assert page.headings[0] == "Discard one letter for good?"
    assert [row[0] for row in page.rows[1:]] == ["payments.fees partition 0, offset 0"]

    refused = await send(console, "/ops/dead-letters/discard", ids=dead["id"], reason=" ")
    assert (refused.status_code, "One thing to correct" in refused.text) == (422, True)
    assert f'name="ids" value="{dead["id"]}"' in refused.text
    assert await console.asked() == []

    await after(console, await send(console, "/ops/dead-letters/discard", ids=dead["id"], reason=REASON))
    (asked,) = await console.asked()
    assert isinstance(asked, DiscardRequested)
    assert [str(one) for one in asked.message_ids] == [dead["message_id"]]
    whole = await look(console, f"/ops/dead-letters/{dead['id']}")
    assert REASON in whole.text
    assert "Discard requested" in whole.text
    assert f"/ops/dead-letters/{held['id']}" in whole.links

    # The consumer does it; then nothing is left to ask for, and the page says so.
    await relay(console.service, notify, "ops.")
    for _ in range(3):
        await notify.run_job("redrive-letters")
    await relay(notify, console.service, "dlq.")
    assert (await look(console, f"/ops/dead-letters/discard?ids={dead['id']}")).headings == [
        "Nothing is left to discard"
    ]
    told = await after(console, await send(console, "/ops/dead-letters/discard", ids=dead["id"], reason=REASON))
    assert "Nothing was requested: these letters are already settled." in told.text


async def test_what_cannot_be_asked_for(console: Console, notify: OneService) -> None:
    await file_letters(notify, console, uuid4())
    for what in ("redrive", "discard"):
        page = await look(console, f"/ops/dead-letters/{what}")
        assert (page.status, "Choose at least one letter in the list." in page.text) == (422, True)
        assert page.headings[:2] == ["Dead letters", "One thing to correct"]
        assert (await look(console, f"/ops/dead-letters/{what}?ids={uuid4()}")).status == 404
        assert (await look(console, f"/ops/dead-letters/{what}?ids=seven")).status == 422
        unknown = await send(console, f"/ops/dead-letters/{what}", ids=str(uuid4()), reason="r")
        assert (unknown.status_code, unknown.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert (await send(console, f"/ops/dead-letters/{what}", reason="r")).status_code == 422
        assert (await send(console, f"/ops/dead-letters/{what}", ids="seven", reason="r")).status_code == 422
    assert (await look(console, f"/ops/dead-letters/{uuid4()}")).status == 404
    assert await console.asked() == []


async def test_a_form_of_another_site_is_refused(console: Console, notify: OneService) -> None:
    (one,) = await file_letters(notify, console, uuid4())
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("dead-letters/redrive", "dead-letters/discard", "consumers/intake/resume"):
        answer = await console.service.client.post(
            f"/ops/{path}", data={"ids": one["id"], "reason": "r"}, headers=headers
        )
        assert answer.status_code == 403
    assert await console.asked() == []


async def test_one_letter_whole(console: Console, notify: OneService) -> None:
    key = uuid4()
    dead, held = (await file_letters(notify, console, key, behind=25))[:2]
    page = await look(console, f"/ops/dead-letters/{dead['id']}")
    assert page.headings == ["payments.fee.paid.v1", "What went wrong", "Held behind it"]
    for text in ("does not fit payments.fee.paid.v1", "Partition and offset 0, 0", f"Key {key}", dead["message_id"]):
        assert text in page.text
    assert f"/ops/journeys/{key}" in page.links
    assert sum(link.startswith("/ops/dead-letters/") and "?" not in link for link in page.links) == 20
    assert f"/ops/dead-letters?consumer=notify&topic=payments.fees&key={key}" in page.links
    later = await look(console, f"/ops/dead-letters/{held['id']}")
    assert "Nothing. It was not tried, because an earlier letter of its key is dead." in later.text


async def test_markup_in_a_key_stays_text(console: Console, notify: OneService) -> None:
    sent = notify.envelope(FeePaid(application_id=uuid4(), person_id=uuid4(), amount=Money(amount_minor=1)))
    await notify.deliver_records([notify.record(sent, key=b"<script>alert(1)</script>")])
    await relay(notify, console.service, "dlq.")
    (item,) = await console.items("dead-letters")
    for path in ("", f"/{item['id']}", f"/redrive?ids={item['id']}"):
        page = await look(console, f"/ops/dead-letters{path}")
        assert page.status == 200
        assert "<script>alert" not in page.response.text
        assert "<script>alert(1)</script>" in page.text


async def test_a_journey_is_found_and_told_by_cause(console: Console, notify: OneService) -> None:
    key = uuid4()
    sent = console.service.envelope(FeePaid(application_id=key, person_id=uuid4(), amount=Money(amount_minor=6000)))
    later = console.service.envelope(
        FeePaid(application_id=key, person_id=uuid4(), amount=Money(amount_minor=1)),
        time=sent.time - timedelta(hours=1),
    ).model_copy(update={"causation_id": sent.id})
    await console.service.deliver(later, sent)
    found = await console.service.client.get("/ops/journeys", params={"application_id": f" {key} "})
    assert found.status_code == 401
    page = await look(console, f"/ops/journeys?application_id=%20{key}%20")
    assert (page.status, page.response.headers["location"]) == (303, f"/ops/journeys/{key}")
    page = await look(console, f"/ops/journeys/{key}")
    assert [(row[0], row[1], row[3], row[5]) for row in page.rows[1:]] == [
        ("1", "payments.fee.paid.v1", "a person’s action, or a job", str(sent.id)),
        ("2", "payments.fee.paid.v1", "number 1", str(later.id)),
    ]
    assert "Records 2 Duration 60 minutes" in page.text

    wrong = await look(console, "/ops/journeys?application_id=seven")
    assert (wrong.status, ("application_id", "seven") in wrong.fields) == (422, True)
    assert wrong.headings == ["Follow one application", "One thing to correct"]
    assert (await look(console, f"/ops/journeys/{uuid4()}")).status == 404


async def test_a_long_journey_by_pages(console: Console) -> None:
    key = uuid4()
    event = FeePaid(application_id=key, person_id=uuid4(), amount=Money(amount_minor=1))
    await console.service.deliver(*[event] * 201)
    page = await look(console, f"/ops/journeys/{key}")
    rest = await look(console, f"/ops/journeys/{key}?after=200")
    assert (len(page.rows), [row[0] for row in rest.rows]) == (201, ["No.", "201"])
    assert [link for link in page.links if "after=" in link] == [f"/ops/journeys/{key}?after=200"]
    assert [link for link in rest.links if "after=" in link] == []


async def test_letting_a_consumer_go_on(console: Console) -> None:
    assert (await look(console, "/ops/consumers/intake")).headings == [
        "Consumer intake",
        "Kafka does not answer",
        "Let it go on",
    ]
    told = await after(console, await send(console, "/ops/consumers/intake/resume"))
    assert "The resume was requested. If the consumer had stopped itself, it goes on within seconds." in told.text
    assert await console.asked() == [ResumeRequested(consumer="intake")]
    assert (await look(console, "/ops/consumers/nobody")).status == 404
    assert (await send(console, "/ops/consumers/nobody/resume")).status_code == 404
