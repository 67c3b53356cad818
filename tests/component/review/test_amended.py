"""A requirement that was handed in anew after the submission: what the panel sees, and when it is too late."""

from contracts.events.applications import ApplicationAmended, Material
from tests.component.review.bench_of_judges import Bench


async def amended(bench: Bench, submitted: object, text: bytes) -> ApplicationAmended:
    """The essay, handed in anew."""
    person, number = submitted.person_id, submitted.application_id  # type: ignore[attr-defined]
    content = await bench.claim(person, text)
    return ApplicationAmended(
        application_id=number,
        person_id=person,
        credential="weaving",
        credential_version=1,
        requirement="essay",
        materials=(Material(requirement="essay", kind="essay", content=content),),
    )


async def test_the_panel_reads_the_new_marked_with_when_it_came(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    await bench.one.deliver(submitted)
    seen = f"/cases/{submitted.application_id}"
    before = await bench.ok("GET", seen, bench.staff)
    event = await amended(bench, submitted, b"Threads cross anew.")
    [envelope] = await bench.one.deliver(event)
    await bench.one.deliver(envelope)
    after = await bench.ok("GET", seen, bench.staff)
    kept = [one for one in before["materials"] if one["requirement"] != "essay"]
    assert [one for one in after["materials"] if one["requirement"] != "essay"] == kept
    [essay] = [one for one in after["materials"] if one["requirement"] == "essay"]
    assert (essay["size"], essay["amended_at"] is not None) == (len(b"Threads cross anew."), True)
    assert not any("amended_at" in one for one in kept)
    assert after["state"] == before["state"]


async def test_before_the_submission_and_without_a_case_it_changes_nothing(bench: Bench) -> None:
    submitted = await bench.submission(await bench.applicant())
    await bench.one.deliver(await amended(bench, submitted, b"Too early."))
    assert await bench.one.database.pool.fetchval("SELECT count(*) FROM cases") == 0
