"""Records from Kafka: twice, in another order, before the thing that they refer to, after the person's erasure."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.events.applications import ApplicationStarted
from contracts.events.catalog import CredentialPublished
from contracts.events.people import PersonDescribed, PersonErased
from contracts.events.review import CaseDecided, CaseOpened, ReviewerAssigned
from services.review.domain.cases import NUMBER_ALPHABET
from tests.component.conftest import StartService
from tests.component.review.bench_of_judges import AWARD, Bench, definition, withdrawal


async def states(bench: Bench) -> list[tuple[UUID, str]]:
    rows = await bench.one.database.pool.fetch(
        "SELECT application_id, state FROM cases ORDER BY opened_at NULLS LAST, application_id"
    )
    return [(row["application_id"], row["state"]) for row in rows]


async def waiting(bench: Bench) -> list[str]:
    return [
        row["waits_for"]
        for row in await bench.one.database.pool.fetch("SELECT waits_for FROM held WHERE waits_for IS NOT NULL")
    ]


async def test_a_submission_told_twice_opens_one_case(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    [envelope] = await bench.one.deliver(submitted)
    said = await bench.one.said()
    await bench.one.deliver(envelope, envelope)
    await bench.one.deliver(submitted)
    assert await bench.one.said() == said
    assert [type(one.event) for one in said] == [CaseOpened, ReviewerAssigned, ReviewerAssigned, ReviewerAssigned]
    assert {one.correlation_id for one in said} == {envelope.correlation_id}
    assert await states(bench) == [(submitted.application_id, "scoring")]


async def test_a_submission_before_the_person_waits_for_them(bench: Bench) -> None:
    person = uuid4()
    submitted = await bench.submission(person)
    await bench.one.deliver(submitted)
    assert (await waiting(bench), await states(bench)) == ([f"person/{person}"], [])
    await bench.one.add_person(person, institution="Elsewhere")
    assert (await waiting(bench), await states(bench)) == ([], [(submitted.application_id, "scoring")])


async def test_a_submission_waits_for_the_person_as_they_were_then(bench: Bench) -> None:
    person = await bench.applicant("Elsewhere")
    submitted = await bench.submission(person, person_version=3)
    await bench.one.deliver(submitted)
    await bench.applicant("Elsewhere", person_id=person, version=2)
    assert await states(bench) == []
    await bench.applicant("South College", person_id=person, version=3)
    assert await states(bench) == [(submitted.application_id, "assigning")]
    assert await bench.one.events(ReviewerAssigned) == []


async def test_a_submission_before_the_catalog_waits_for_it(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant(), credential="pottery", credential_version=1)
    await bench.one.deliver(submitted)
    assert (await waiting(bench), await states(bench)) == (["credential/pottery/1"], [])
    await bench.one.deliver(CredentialPublished(version=1, definition=definition("pottery", 1)))
    assert (await waiting(bench), await states(bench)) == ([], [(submitted.application_id, "assigning")])


async def test_everything_in_the_worst_order_ends_as_in_the_best(service: StartService) -> None:
    """Submission, withdrawal, catalog and person in every order that their topics allow end with the same closed
    case."""
    orders: list[list[str]] = [
        ["credential", "person", "submitted", "withdrawn"],
        ["submitted", "withdrawn", "person", "credential"],
        ["submitted", "person", "withdrawn", "credential"],
        ["submitted", "credential", "withdrawn", "person"],
        ["person", "submitted", "withdrawn", "credential"],
    ]
    bench = await Bench.build(await service("review"))
    ends = []
    for n, order in enumerate(orders):
        slug, person = f"craft-{n}", uuid4()
        submitted = await bench.submission(person, credential=slug, credential_version=1)
        things: dict[str, Any] = {
            "credential": CredentialPublished(version=1, definition=definition(slug, 1)),
            "person": PersonDescribed(
                person_id=person, version=1, email="x@example.org", sessions_valid_from=bench.one.clock()
            ),
            "submitted": submitted,
            "withdrawn": withdrawal(submitted),
        }
        for thing in order:
            await bench.one.deliver(things[thing])
        ends.append(dict(await states(bench)).get(submitted.application_id))
    assert ends == ["closed"] * len(orders)


async def test_a_withdrawal_heard_before_the_submission_keeps_the_case_shut(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    await bench.one.deliver(withdrawal(submitted))
    await bench.one.deliver(submitted)
    await bench.one.deliver(withdrawal(submitted), submitted)
    assert await states(bench) == [(submitted.application_id, "closed")]
    assert await bench.one.events() == []
    assert await bench.ok("GET", "/cases", bench.staff) == {"items": [], "next": None}
    await bench.refused(404, "GET", f"/cases/{submitted.application_id}", bench.staff)


async def test_a_withdrawal_closes_the_case_and_empties_the_queue(bench: Bench) -> None:
    case, submitted = await bench.case()
    await bench.declare(case, bench.ann)
    await bench.one.deliver(withdrawal(submitted))
    assert await bench.ok("GET", "/queue", bench.ann) == {"items": [], "next": None}
    seen = await bench.ok("GET", f"/cases/{case}", bench.ann)
    assert (seen["state"], seen["materials"]) == ("closed", [])
    problem = await bench.refused(409, "GET", f"/cases/{case}/materials/essay", bench.ann)
    assert (problem["type"], problem["detail"]) == ("wrong_state", "the case is closed; possible now: nothing more")
    for path, method, body in [
        ("declaration", "POST", {"conflict": False}),
        ("scores", "PUT", {"items": {}}),
        ("scores/submission", "POST", None),
    ]:
        await bench.refused(409, method, f"/cases/{case}/{path}", bench.ann, body)


async def test_a_withdrawal_after_the_decision_changes_nothing(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    said = await bench.one.said()
    await bench.one.deliver(withdrawal(submitted), submitted)
    assert (await bench.state(case), await bench.one.said()) == ("decided", said)


async def test_a_submission_redriven_after_the_erasure_does_nothing(bench: Bench) -> None:
    person = await bench.applicant()
    submitted = await bench.submission(person)
    await bench.one.deliver(PersonErased(person_id=person))
    await bench.one.deliver(submitted)
    assert (await states(bench), await bench.one.events()) == ([], [])


async def test_what_this_service_does_not_hear_is_nothing(bench: Bench) -> None:
    started = ApplicationStarted(
        application_id=uuid4(), person_id=uuid4(), person_version=1, credential="weaving", credential_version=2
    )
    await bench.one.deliver(started)
    assert (await states(bench), await bench.one.events()) == ([], [])


async def test_an_older_description_of_a_credential_is_not_taken(bench: Bench) -> None:
    newer = definition(name="Weaving II")
    await bench.one.deliver(
        CredentialPublished(version=3, definition=newer),
        CredentialPublished(version=2, definition=definition(name="Old")),
    )
    assert await bench.one.database.pool.fetchval("SELECT name FROM credentials") == "Weaving II"


async def test_a_whole_batch_shares_the_panel_fairly(bench: Bench) -> None:
    dora, eli = await bench.reviewer(), await bench.reviewer()
    submissions = [await bench.submission(await bench.applicant()) for _ in range(8)]
    await bench.one.deliver(*submissions)
    asked = [event.reviewer_id for event in await bench.one.events(ReviewerAssigned) if event.role == "reviewer"]  # type: ignore[attr-defined]
    assert {person: asked.count(person) for person in asked} == {bench.ann: 4, bench.ben: 4, dora: 4, eli: 4}
    numbers = [event.submission_number for event in await bench.one.events(CaseOpened)]  # type: ignore[attr-defined]
    assert len(set(numbers)) == 8
    assert all(
        number[:2] == "S-" and len(number) == 8 and set(number[2:]) <= set(NUMBER_ALPHABET) for number in numbers
    )


@pytest.mark.parametrize("how", ["erased", "role taken"])
async def test_a_reviewer_who_may_no_longer_judge_is_replaced(bench: Bench, how: str) -> None:
    case, _ = await bench.case()
    scored, _ = await bench.case()
    await bench.score(scored, bench.ann)
    if how == "erased":
        await bench.one.deliver(PersonErased(person_id=bench.ann))
    else:
        await bench.one.add_person(bench.ann, version=2, roles=("staff",))
        await bench.refused(404, "GET", f"/cases/{case}", bench.ann)
    assert (await bench.state(case), await bench.state(scored)) == ("assigning", "scoring")
    dora = await bench.reviewer()
    await bench.one.run_job("assign")
    panel = {
        seat["person_id"]: seat["state"] for seat in (await bench.ok("GET", f"/cases/{case}", bench.staff))["panel"]
    }
    assert panel == {
        str(bench.chair): "assigned",
        str(bench.ann): "released",
        str(bench.ben): "assigned",
        str(dora): "assigned",
    }
    assert await bench.state(case) == "scoring"


async def test_the_texts_about_an_erased_applicant_go_and_the_case_remains(bench: Bench) -> None:
    case, submitted = await bench.deciding()
    await bench.ok("POST", f"/cases/{case}/decision", bench.chair, AWARD)
    [decided] = await bench.one.events(CaseDecided)
    assert len(await bench.objects_about(submitted.person_id)) == 2
    await bench.one.deliver(PersonErased(person_id=submitted.person_id))
    await bench.one.run_job("erase")
    assert await bench.objects_about(submitted.person_id) == []
    seen = await bench.ok("GET", f"/cases/{case}", bench.chair)
    words = seen["decision"]["unreadable"]
    assert words.startswith("This is not there any more.")
    assert (seen["decision"]["outcome"], seen["decision"]["letter"], seen["decision"]["feedback"]) == (
        "awarded",
        words,
        {"weft": words, "warp": words},
    )

    await bench.review_objects.put(submitted.person_id, b"late", "text/plain")
    finished = "SELECT finished FROM erased_people WHERE person_id = $1"
    for move, empty, done in [
        (timedelta(hours=1), True, False),
        (timedelta(hours=1), True, False),
        (timedelta(hours=25), True, True),
    ]:
        bench.one.clock.now += move
        await bench.one.run_job("erase")
        assert (await bench.objects_about(submitted.person_id) == []) is empty
        assert await bench.one.database.pool.fetchval(finished, submitted.person_id) is done
    for name in [claim.content.name for claim in submitted.materials]:
        (bench.one.keys.folder / "objects" / name).unlink()
    problem = await bench.refused(404, "GET", f"/cases/{case}/materials/essay", bench.ann)
    assert problem["detail"] == words
    assert decided.decision_id is not None  # type: ignore[attr-defined]
