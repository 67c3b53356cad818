"""Dead letters of a real consumer: shown, redriven, discarded, and the refusals."""

from uuid import UUID, uuid4

import pytest

from contracts.claims import Money
from contracts.events.ops import DiscardRequested, RedriveRequested, ResumeRequested
from contracts.events.payments import FeePaid
from tests.component.conftest import StartService
from tests.component.ops.conftest import Console, relay
from tests.cursors import NO_PLACES
from tests.one_service import OneService

REASON = "a copy of a test record, agreed with Ann"


@pytest.fixture
async def notify(service: StartService) -> OneService:
    return await service("notify", smtp_from="no-reply@example.org")


async def file_letters(notify: OneService, console: Console, application_id: UUID, *, behind: int = 0) -> list[UUID]:
    """A record with a broken body and some good ones behind it, on the console; their message ids."""
    ids = []
    for n in range(1 + behind):
        sent = notify.envelope(
            FeePaid(application_id=application_id, person_id=uuid4(), amount=Money(amount_minor=6000))
        )
        record = notify.record(sent) if n else notify.record(sent, value=b'{"broken": true}')
        await notify.deliver_records([record])
        ids.append(sent.id)
    await relay(notify, console.service, "dlq.")
    return ids


async def test_a_letter_as_it_is_shown(console: Console, notify: OneService) -> None:
    application = uuid4()
    await file_letters(notify, console, application, behind=1)
    first, second = sorted(await console.items("dead-letters"), key=lambda item: int(item["offset"]))
    assert "does not fit payments.fee.paid.v1" in first.pop("error")
    assert {
        name: first[name]
        for name in ("topic", "consumer", "partition", "offset", "key", "attempts", "behind", "type", "state", "asked")
    } == {
        "topic": "payments.fees",
        "consumer": "notify",
        "partition": 0,
        "offset": 0,
        "key": str(application),
        "attempts": 1,
        "behind": False,
        "type": "payments.fee.paid.v1",
        "state": "filed",
        "asked": None,
    }
    assert (second["behind"], second["offset"], second["error"]) == (True, 1, "")
    copies = [item for item in await console.items(f"journeys/{application}") if item["topic"] == "dlq.notify"]
    assert len(copies) == 2


async def test_filters_and_pages(console: Console, notify: OneService) -> None:
    applications = [uuid4() for _ in range(5)]
    for application in applications:
        await file_letters(notify, console, application)
        console.service.clock.move(seconds=1)
        notify.clock.move(seconds=1)
    assert [item["key"] for item in await console.items("dead-letters", key=str(applications[2]))] == [
        str(applications[2])
    ]
    assert await console.items("dead-letters", consumer="intake") == []
    assert await console.items("dead-letters", topic="payments.fees", consumer="notify") == await console.items(
        "dead-letters"
    )
    assert await console.items("dead-letters", state="redriven") == []
    keys, after = [], None
    while True:
        page = (await console.get("dead-letters", limit=2, **({"after": after} if after else {}))).json()
        keys += [item["key"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert keys == [str(application) for application in applications]


async def test_a_discard_settles_the_letter_and_frees_those_behind(console: Console, notify: OneService) -> None:
    application = uuid4()
    _, behind = await file_letters(notify, console, application, behind=1)
    broken = min(await console.items("dead-letters"), key=lambda item: int(item["offset"]))
    response = await console.post("dead-letters/discard", {"ids": [broken["id"]], "reason": REASON})
    assert (response.status_code, response.json()) == (
        202,
        {
            "dry_run": False,
            "requests": [
                {"consumer": "notify", "topic": "payments.fees", "key": str(application), "letters": [broken["id"]]}
            ],
            "settled": [],
        },
    )
    assert await console.asked() == [
        DiscardRequested(
            consumer="notify",
            topic="payments.fees",
            letter_key=str(application),
            message_ids=(UUID(broken["message_id"]),),
        )
    ]
    assert {item["asked"] for item in await console.items("dead-letters")} == {"discard", None}

    await relay(console.service, notify, "ops.redrives")
    for _ in range(3):
        await notify.run_job("redrive-letters")
    await relay(notify, console.service, "dlq.")
    assert [item["id"] for item in await console.items("dead-letters", state="discarded")] == [broken["id"]]
    # The one behind waits for its person now: it is no dead letter any more.
    assert [item["message_id"] for item in await console.items("dead-letters", state="redriven")] == [str(behind)]
    assert await console.items("dead-letters") == []
    again = await console.post("dead-letters/discard", {"ids": [broken["id"]], "reason": REASON})
    assert again.json() == {"dry_run": False, "requests": [], "settled": [broken["id"]]}
    assert len(await console.asked()) == 0, "the first request was relayed, and no second one was made"


async def test_the_reason_of_a_discard_stays_here(console: Console, notify: OneService) -> None:
    await file_letters(notify, console, uuid4())
    (letter,) = await console.items("dead-letters")
    await console.post("dead-letters/discard", {"ids": [letter["id"]], "reason": REASON})
    row = await console.service.database.pool.fetchrow("SELECT kind, asked_by, reason FROM requests")
    assert row is not None
    assert tuple(row) == ("discard", console.operator, REASON)
    rows = await console.service.database.pool.fetch("SELECT payload FROM outbox")
    assert len(rows) == 1
    assert REASON.encode() not in rows[0]["payload"]


async def test_a_redrive_takes_what_stands_before_in_the_key(console: Console, notify: OneService) -> None:
    application = uuid4()
    await file_letters(notify, console, application, behind=3)
    await file_letters(notify, console, uuid4())
    mine = sorted(await console.items("dead-letters", key=str(application)), key=lambda item: int(item["offset"]))
    dry = await console.post("dead-letters/redrive", {"ids": [mine[2]["id"]], "dry_run": True})
    wanted = {
        "consumer": "notify",
        "topic": "payments.fees",
        "key": str(application),
        "letters": [item["id"] for item in mine[:3]],
    }
    assert (dry.status_code, dry.json()) == (200, {"dry_run": True, "requests": [wanted], "settled": []})
    assert await console.asked() == []
    assert {item["asked"] for item in await console.items("dead-letters")} == {None}
    wet = await console.post("dead-letters/redrive", {"ids": [mine[2]["id"]]})
    assert (wet.status_code, wet.json()) == (202, {"dry_run": False, "requests": [wanted], "settled": []})
    assert await console.asked() == [
        RedriveRequested(
            consumer="notify",
            topic="payments.fees",
            letter_key=str(application),
            message_ids=tuple(UUID(item["message_id"]) for item in mine[:3]),
        )
    ]


async def test_a_letter_that_fails_again_is_filed_again(console: Console, notify: OneService) -> None:
    await file_letters(notify, console, uuid4())
    (before,) = await console.items("dead-letters")
    await console.post("dead-letters/redrive", {"ids": [before["id"]]})
    await relay(console.service, notify, "ops.redrives")
    await notify.run_job("redrive-letters")
    await relay(notify, console.service, "dlq.")
    (after,) = await console.items("dead-letters")
    assert (after["id"], after["attempts"], after["asked"]) == (before["id"], before["attempts"] + 1, None)


async def test_a_redrive_by_filter_asks_once_for_each_key(console: Console, notify: OneService) -> None:
    one, two = sorted((uuid4(), uuid4()), key=str)
    await file_letters(notify, console, one, behind=1)
    await file_letters(notify, console, two)
    nobody = await console.post("dead-letters/redrive", {"filter": {"consumer": "intake"}})
    assert nobody.json() == {"dry_run": False, "requests": [], "settled": []}
    await console.post("dead-letters/redrive", {"filter": {"consumer": "notify", "topic": "payments.fees"}})
    asked = [
        (event.letter_key, len(event.message_ids))
        for event in await console.asked()
        if isinstance(event, RedriveRequested)
    ]
    assert asked == [(str(one), 2), (str(two), 1)]


async def test_an_idempotency_key_asks_once(console: Console, notify: OneService) -> None:
    await file_letters(notify, console, uuid4())
    (letter,) = await console.items("dead-letters")
    body, key = {"ids": [letter["id"]]}, {"Idempotency-Key": "one"}
    answers = [await console.post("dead-letters/redrive", body, **key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await console.asked()) == 1
    assert (await console.post("dead-letters/redrive", body | {"dry_run": True}, **key)).status_code == 422


async def test_resume(console: Console) -> None:
    response = await console.post("consumers/review/resume")
    assert (response.status_code, response.json()) == (202, {"consumer": "review", "asked": "resume"})
    assert await console.asked() == [ResumeRequested(consumer="review")]
    assert (await console.post("consumers/nobody/resume")).status_code == 404
    assert len(await console.asked()) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("dead-letters/redrive", {}, 422, "body"),
        ("dead-letters/redrive", {"ids": [], "dry_run": True}, 422, "ids"),
        ("dead-letters/redrive", {"ids": [str(uuid4())], "filter": {}}, 422, "body"),
        ("dead-letters/redrive", {"filter": {"colour": "red"}}, 422, "filter.colour"),
        ("dead-letters/redrive", {"ids": ["seven"]}, 422, "ids.0"),
        ("dead-letters/redrive", {"ids": [str(uuid4())]}, 404, None),
        ("dead-letters/discard", {"ids": [str(uuid4())]}, 422, "reason"),
        ("dead-letters/discard", {"ids": [str(uuid4())], "reason": "  "}, 422, "reason"),
        ("dead-letters/discard", {"ids": [str(uuid4())], "reason": "r"}, 404, None),
    ],
)
async def test_refusals_name_the_field_and_change_nothing(
    console: Console, path: str, body: object, status: int, field: str | None
) -> None:
    response = await console.post(path, body)
    assert response.status_code == status, response.text
    assert [error["field"] for error in response.json().get("errors", [])] == ([field] if field else [])
    assert await console.asked() == []
    assert await console.service.database.pool.fetchval("SELECT count(*) FROM requests") == 0


@pytest.mark.parametrize("after", NO_PLACES)
async def test_foreign_cursors_are_refused(console: Console, after: str) -> None:
    response = await console.get("dead-letters", after=after)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "after")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "journeys/00000000-0000-0000-0000-000000000001"),
        ("GET", "topics"),
        ("GET", "consumers"),
        ("GET", "dead-letters"),
        ("POST", "dead-letters/redrive"),
        ("POST", "dead-letters/discard"),
        ("POST", "consumers/review/resume"),
    ],
)
async def test_only_operators_get_in(console: Console, method: str, path: str) -> None:
    ops = console.service
    assert (await ops.client.request(method, f"/api/ops/{path}")).status_code == 401
    for roles in ((), ("admin", "staff", "chair", "reviewer")):
        person = await ops.add_person(roles=roles)
        assert (
            await ops.client.request(method, f"/api/ops/{path}", headers=ops.session_for(person))
        ).status_code == 403
