"""Events of payments, review and badging: once, twice, in any order, too early."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

from contracts.event import Event
from contracts.events.applications import ApplicationOpened, ApplicationWithdrawn
from contracts.events.badging import BadgeIssued, BadgeRevoked
from contracts.events.payments import FeeDisputed, FeePaid, FeeRefunded, FeeWaived
from contracts.events.review import CaseDecided
from tests.component.intake.walker import USD, Applicant, Walker, id_of


def paid(who: Applicant, path: str) -> FeePaid:
    return FeePaid(application_id=id_of(path), person_id=who.person_id, amount=USD)


def refunded(who: Applicant, path: str, remaining: int) -> FeeRefunded:
    return FeeRefunded(application_id=id_of(path), person_id=who.person_id, amount=USD, remaining_minor=remaining)


def issued(who: Applicant, path: str, decided: CaseDecided) -> BadgeIssued:
    return BadgeIssued(
        badge_id=uuid4(),
        person_id=who.person_id,
        application_id=id_of(path),
        decision_id=decided.decision_id,
        achievement="weaving",
        credential_version=1,
        url="https://badges.example.org/badges/1",
    )


async def seen(intake: Walker, who: Applicant, path: str) -> tuple[str, list[str]]:
    body = await intake.call(who, "GET", path, 200)
    return body["state"], [moment["what"] for moment in body["timeline"]]


async def test_a_fee_opens_once_however_often_it_is_said(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.apply(ada)
    (said,) = await intake.one.deliver(paid(ada, path))
    await intake.one.deliver(said, said)
    assert len(await intake.one.events(ApplicationOpened)) == 1
    await intake.one.deliver(
        paid(ada, path), FeeWaived(application_id=id_of(path), person_id=ada.person_id, amount=USD)
    )
    assert len(await intake.one.events(ApplicationOpened)) == 1
    assert (await seen(intake, ada, path))[0] == "open"
    opened = [one for one in await intake.one.said() if isinstance(one.event, ApplicationOpened)]
    assert opened[0].correlation_id == said.correlation_id


async def test_what_comes_for_a_waived_fee_goes_back_and_ends_nothing(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.apply(ada)
    waived = FeeWaived(application_id=id_of(path), person_id=ada.person_id, amount=USD)
    await intake.one.deliver(waived, refunded(ada, path, 0).model_copy(update={"reason": "waived"}))
    assert await seen(intake, ada, path) == ("open", ["started", "fee_due", "fee_waived", "opened", "fee_refunded"])
    await intake.one.deliver(refunded(ada, path, 0))
    assert (await seen(intake, ada, path))[0] == "withdrawn"


async def test_a_waiver_opens_too(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.apply(ada)
    await intake.one.deliver(FeeWaived(application_id=id_of(path), person_id=ada.person_id, amount=USD))
    assert await seen(intake, ada, path) == ("open", ["started", "fee_due", "fee_waived", "opened"])


async def test_a_fee_paid_for_a_withdrawn_application_moves_nothing(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.apply(ada)
    await intake.call(ada, "POST", f"{path}/withdrawal", 200)
    await intake.one.deliver(paid(ada, path))
    assert (await seen(intake, ada, path))[0] == "withdrawn"
    assert await intake.one.events(ApplicationOpened) == []


async def test_refunds(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.open(ada)
    await intake.one.deliver(refunded(ada, path, 100))
    assert (await seen(intake, ada, path))[0] == "open"
    await intake.one.deliver(refunded(ada, path, 0))
    assert (await seen(intake, ada, path))[0] == "withdrawn"
    assert await intake.one.events(ApplicationWithdrawn) == [
        ApplicationWithdrawn(
            application_id=id_of(path),
            person_id=ada.person_id,
            credential="weaving",
            credential_version=1,
            reason="refunded",
        )
    ]
    await intake.start(ada)


async def test_a_dispute_puts_on_hold(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.open(ada)
    await intake.one.deliver(FeeDisputed(application_id=id_of(path), person_id=ada.person_id, amount=USD))
    body = await intake.call(ada, "GET", path, 200)
    assert (body["state"], body["on_hold"]) == ("open", {"reason": "fee_disputed"})


async def test_a_decision_with_its_letter_and_feedback(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.submit(ada)
    await intake.one.deliver(intake.opened(ada, path))
    assert (await seen(intake, ada, path))[0] == "in_review"
    decided = await intake.decided(ada, path, "not_yet")
    await intake.one.deliver(decided)
    body = await intake.call(ada, "GET", path, 200)
    expected = {
        "outcome": "not_yet",
        "letter": "Dear Ada",
        "feedback": {"warp": {"level": "shown", "text": None}, "weft": {"level": "not-yet", "text": "More weft."}},
    }
    assert (body["state"], body["decision"]) == ("not_yet", expected)
    assert (await intake.call(ada, "GET", "/api/applications", 200))["items"][0]["decision"] == expected
    assert "name" not in str(body["decision"])

    for claim in (decided.letter, decided.feedback):
        (intake.one.keys.folder / "objects" / claim.name).unlink()
    gone = (await intake.call(ada, "GET", path, 200))["decision"]
    words = gone["unreadable"]
    assert words.startswith("This is not there any more.")
    assert gone == expected | {
        "letter": words,
        "feedback": {"warp": {"level": "shown", "text": words}, "weft": {"level": "not-yet", "text": words}},
        "unreadable": words,
    }


async def test_every_order_over_topics_ends_alike(intake: Walker) -> None:
    ends: list[Any] = []
    orders = list(permutations(range(4)))
    for order in orders:
        who = await intake.sign_in()
        path = await intake.submit(who)
        decided = await intake.decided(who, path, "awarded")
        badge = issued(who, path, decided)
        revoked = BadgeRevoked.model_validate(badge.model_dump(exclude={"url"}))
        events: list[Event] = [intake.opened(who, path), decided, badge, revoked]
        envelopes = []
        for event in events:
            intake.one.clock.move(seconds=1)
            envelopes.append(intake.one.envelope(event))
        for position in order:
            await intake.one.deliver(envelopes[position])
            await intake.one.deliver(envelopes[position])
        body = await intake.call(who, "GET", path, 200)
        ends.append(
            (body["state"], body["decision"], body["badge_url"], [moment["what"] for moment in body["timeline"][5:]])
        )
    assert len(ends) == 24
    assert ends[0] == (
        "awarded",
        ends[0][1],
        "https://badges.example.org/badges/1",
        ["in_review", "awarded", "badge_issued", "badge_revoked"],
    )
    assert ends[0][1]["outcome"] == "awarded"
    assert all(end == ends[0] for end in ends)


async def test_a_fact_about_an_application_that_is_not_here_waits(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = f"/api/applications/{uuid4()}"
    await intake.one.deliver(paid(ada, path))
    rows = await intake.one.database.pool.fetch("SELECT state, waits_for FROM held")
    assert [(row["state"], row["waits_for"]) for row in rows] == [("waiting", f"application/{id_of(path)}")]


async def test_a_later_decision_counts_and_the_earlier_one_stays(intake: Walker) -> None:
    ada = await intake.sign_in()
    path = await intake.submit(ada)
    first, second = await intake.decided(ada, path, "not_yet"), await intake.decided(ada, path, "awarded")
    for decided in (first, second):
        intake.one.clock.move(seconds=1)
        (envelope,) = await intake.one.deliver(decided)
    # Under another id the first is heard once more: a decision is kept once, and the last that was heard counts.
    counting = []
    for again in (first, second):
        await intake.one.deliver(again)
        body = await intake.call(ada, "GET", path, 200)
        counting.append((body["state"], body["decision"]["outcome"]))
    assert counting == [("not_yet", "not_yet"), ("awarded", "awarded")]
    rows = await intake.one.database.pool.fetch(
        "SELECT decision_id, application_id, outcome, letter ->> 'name' AS letter, decided_at FROM decisions"
        " ORDER BY decided_at"
    )
    assert [tuple(row) for row in rows] == [
        (one.decision_id, id_of(path), one.outcome, one.letter.name, at)
        for one, at in ((first, envelope.time - timedelta(seconds=1)), (second, envelope.time))
    ]
