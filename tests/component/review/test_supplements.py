"""Materials after the submission reach the case: twice, before the submission, late, and for erased people."""

from uuid import UUID, uuid4

from contracts.claims import ObjectClaim
from contracts.events.applications import ApplicationSupplemented, Material
from contracts.events.people import PersonErased
from tests.component.review.bench_of_judges import Bench, withdrawal
from tests.component.review.test_hearing import waiting


def supplement(person: UUID, application: UUID, requirement: str = "growth") -> ApplicationSupplemented:
    claim = ObjectClaim(name=f"intake/{person}/growth", sha256="0" * 64, size=4, media_type="text/plain")
    return ApplicationSupplemented(
        application_id=application,
        person_id=person,
        credential="weaving",
        credential_version=1,
        material=Material(requirement=requirement, kind="short_text", content=claim),
    )


async def supplements(bench: Bench, application: UUID) -> tuple[list[str], list[tuple[str, bool]]]:
    """The requirements of all materials of a case, and what came after the submission."""
    row = await bench.one.database.pool.fetchrow(
        "SELECT materials, supplements FROM cases WHERE application_id = $1", application
    )
    assert row is not None
    came = [(one["requirement"], one["late"]) for one in row["supplements"]]
    return [one["requirement"] for one in row["materials"]], came


async def test_it_comes_to_its_case_once(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    before = [one.requirement for one in submitted.materials]
    await bench.one.deliver(submitted)
    event = supplement(submitted.person_id, submitted.application_id)
    [envelope] = await bench.one.deliver(event)
    await bench.one.deliver(envelope)
    await bench.one.deliver(event)
    assert await supplements(bench, submitted.application_id) == ([*before, "growth"], [("growth", False)])


async def test_without_its_case_it_is_not_passed_over(bench: Bench) -> None:
    application = uuid4()
    await bench.one.deliver(supplement(await bench.applicant(), application))
    assert await waiting(bench) == [f"case/{application}"]


async def test_for_a_decided_case_it_is_kept_and_said_to_be_late(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    await bench.one.deliver(submitted)
    # As the decision leaves it.
    await bench.one.database.pool.execute("UPDATE cases SET state = 'decided'")
    await bench.one.deliver(supplement(submitted.person_id, submitted.application_id))
    assert (await supplements(bench, submitted.application_id))[1] == [("growth", True)]


async def test_who_withdrew_or_was_erased_adds_nothing(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    await bench.one.deliver(withdrawal(submitted))
    await bench.one.deliver(supplement(submitted.person_id, submitted.application_id))
    assert await supplements(bench, submitted.application_id) == ([], [])
    gone = uuid4()
    await bench.one.add_person(gone, institution="Elsewhere")
    await bench.one.deliver(PersonErased(person_id=gone))
    await bench.one.deliver(supplement(gone, uuid4()))
    assert await waiting(bench) == []
