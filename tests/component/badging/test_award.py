"""A decision leads to exactly one badge, whatever the order of messages, duplicates and crashes."""

import asyncio
import hashlib
from uuid import uuid4

import pytest

from contracts.events.badging import BadgeIssued
from contracts.events.people import PersonErased
from services.badging import store, usecases
from services.badging.domain import credentials, status_lists
from services.badging.usecases import Signed
from tests.component.badging.conftest import PUBLIC_URL, Badging
from tests.unit.badging import sample
from tests.unit.badging.verifying import by_openbadgeslib, by_the_book


async def test_awarded_decision_becomes_a_badge_that_verifies(badging: Badging) -> None:
    person = await badging.know()
    decision = badging.decision(person, time=sample.AWARDED)

    await badging.service.deliver(decision)
    await badging.sign()

    (badge_id,) = [row["badge_id"] for row in await badging.rows("badges")]
    (said,) = await badging.service.said()
    assert said.event == BadgeIssued(
        badge_id=badge_id,
        person_id=person,
        application_id=decision.data.application_id,
        decision_id=decision.data.decision_id,
        achievement=sample.SLUG,
        credential_version=1,
        url=f"{PUBLIC_URL}/badges/{badge_id}",
    )
    assert said.correlation_id == decision.correlation_id
    credential = await badging.credential(badge_id)
    by_the_book(credential, badging.key)
    by_openbadgeslib(credential, badging.key)
    assert credential["validFrom"] == credential["awardedDate"] == credentials.timestamp(sample.AWARDED)
    (identity,) = credential["credentialSubject"]["identifier"]
    assert (
        identity["identityHash"]
        == "sha256$" + hashlib.sha256(f"{person}@example.org{identity['salt']}".encode()).hexdigest()
    )
    assert len(identity["salt"]) == 32


@pytest.mark.parametrize(
    ("email", "hashed"),
    [("Ada.L@EXAMPLE.org", "ada.l@example.org"), ("JÖRG@Bücher.example", "jörg@bücher.example"), ("", "")],
)
async def test_the_earners_address_is_hashed_in_lower_case(badging: Badging, email: str, hashed: str) -> None:
    await badging.service.deliver(sample.published())
    badge = await badging.issue(await badging.service.add_person(email=email))
    (identity,) = (await badging.credential(badge.badge_id))["credentialSubject"]["identifier"]
    assert identity["identityHash"] == "sha256$" + hashlib.sha256(f"{hashed}{identity['salt']}".encode()).hexdigest()


async def test_decision_ten_times_is_one_badge(badging: Badging) -> None:
    person = await badging.know()
    decision = badging.decision(person)
    doubles = [
        badging.decision(person, decision_id=decision.data.decision_id, application_id=decision.data.application_id)
        for _ in range(5)
    ]

    for _ in range(3):
        await badging.service.deliver(decision, decision, *doubles)
        await badging.sign()
    await badging.sign()

    assert len(await badging.rows("badges")) == len(await badging.issued()) == 1
    assert await badging.verdicts() == ["badge"]
    assert await badging.held() == []


async def test_decision_before_everything_it_needs(badging: Badging) -> None:
    person = uuid4()
    await badging.service.deliver(badging.decision(person))
    assert await badging.held() == [("waiting", f"person/{person}")]

    await badging.service.add_person(person)
    assert await badging.held() == [("waiting", f"credential/{sample.SLUG}/1")]
    assert await badging.rows("decisions") == []

    await badging.service.deliver(sample.published(version=2))
    assert await badging.held() == [("waiting", f"credential/{sample.SLUG}/1")]
    await badging.service.deliver(sample.published())
    await badging.sign()

    assert await badging.held() == []
    assert [event.person_id for event in await badging.issued()] == [person]


async def test_not_yet_is_no_badge(badging: Badging) -> None:
    person = await badging.know()

    await badging.service.deliver(badging.decision(person, outcome="not_yet", items=(sample.result("roles", "none"),)))
    await badging.sign()

    assert (await badging.rows("badges"), await badging.rows("decisions"), await badging.issued()) == ([], [], [])


async def test_second_decision_for_what_is_held_changes_nothing(badging: Badging) -> None:
    person = await badging.know()
    first = await badging.issue(person)
    before = await badging.rows("badges")

    await badging.service.deliver(badging.decision(person))
    await badging.sign()

    assert await badging.rows("badges") == before
    assert await badging.issued() == [first]
    assert await badging.verdicts() == ["already_held", "badge"]


async def test_other_achievement_and_other_person_are_other_badges(badging: Badging) -> None:
    ada, bob = await badging.know(), await badging.service.add_person()
    await badging.service.deliver(sample.published(slug="partnerships"))

    await badging.service.deliver(
        badging.decision(ada), badging.decision(bob), badging.decision(ada, credential="partnerships")
    )
    await badging.sign()

    assert {(event.person_id, event.achievement) for event in await badging.issued()} == {
        (ada, sample.SLUG),
        (bob, sample.SLUG),
        (ada, "partnerships"),
    }
    places = {(row["list_number"], row["list_index"]) for row in await badging.rows("badges")}
    assert len(places) == 3


async def test_two_awards_at_once(badging: Badging) -> None:
    person = await badging.know()
    one, other = (
        badging.service.record(badging.decision(person)),
        badging.service.record(badging.decision(person), partition=1, offset=0),
    )

    await asyncio.gather(badging.service.deliver_records([one]), badging.service.deliver_records([other]))
    await badging.sign()

    assert len(await badging.rows("badges")) == len(await badging.issued()) == 1
    assert await badging.verdicts() == ["already_held", "badge"]


async def test_badges_of_many_at_once(badging: Badging) -> None:
    await badging.service.deliver(sample.published())
    people = [await badging.service.add_person() for _ in range(45)]

    await badging.service.deliver(*[badging.decision(person) for person in people])
    await asyncio.gather(badging.sign(), badging.sign())

    assert sorted(event.person_id for event in await badging.issued()) == sorted(people)
    assert {row["state"] for row in await badging.rows("badges")} == {"issued"}


async def test_signing_interrupted_before_its_commit(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(badging.decision(person))
    async with badging.service.database.transaction() as tx:
        ((waiting, _),) = await store.unsigned(tx, 10)
    await badging.sign()
    first = await badging.credential(waiting.badge_id)
    # What a crash between signing and commit leaves: the badge as it was before.
    await badging.service.database.pool.execute("UPDATE badges SET state = 'unsigned', version = 1, credential = NULL")

    await badging.sign()

    assert await badging.credential(waiting.badge_id) == first
    said = await badging.service.said()
    assert len({one.id for one in said}) == 1, "saying it again has the same id"


async def test_badge_that_cannot_be_signed_does_not_stop_the_others(badging: Badging) -> None:
    ill, well = await badging.know(), await badging.service.add_person()
    await badging.service.deliver(badging.decision(ill))
    await badging.service.database.pool.execute(
        "UPDATE badges SET document = jsonb_set(document::jsonb, '{honours}', '\"of no context\"')::json"
    )
    await badging.service.deliver(badging.decision(well))

    await badging.sign()

    assert [event.person_id for event in await badging.issued()] == [well]
    assert {row["person_id"]: row["state"] for row in await badging.rows("badges")} == {ill: "unsigned", well: "issued"}


async def test_two_signers_say_it_once(badging: Badging) -> None:
    person = await badging.know()
    decision = badging.decision(person)
    await badging.service.deliver(decision)
    async with badging.service.database.transaction() as tx:
        ((waiting, decided),) = await store.unsigned(tx, 10)
    await badging.sign()
    before = await badging.rows("badges")

    async with badging.service.database.transaction() as tx:
        await usecases.issue(tx, [Signed(waiting.badge_id, person, decided, b"late")], sample.WHO)

    assert await badging.rows("badges") == before
    assert len(await badging.issued()) == 1


async def test_person_erased_before_the_decision(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(PersonErased(person_id=person))

    await badging.service.deliver(badging.decision(person))
    await badging.sign()

    assert (await badging.rows("badges"), await badging.issued()) == ([], [])
    assert await badging.verdicts() == ["person_erased"]
    assert await badging.held() == []


async def test_person_erased_while_the_decision_waits(badging: Badging) -> None:
    person = uuid4()
    await badging.service.deliver(badging.decision(person), PersonErased(person_id=person))

    assert await badging.verdicts() == ["person_erased"]
    assert await badging.held() == []


async def test_person_erased_between_award_and_signature(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(badging.decision(person))
    (row,) = await badging.rows("badges")
    assert row["state"] == "unsigned"

    await badging.service.deliver(PersonErased(person_id=person))
    await badging.sign()
    await badging.publish()

    (after,) = await badging.rows("badges")
    assert (after["state"], after["document"], after["credential"]) == ("abandoned", None, None)
    assert await badging.issued() == []
    assert (await badging.service.client.get(f"/badges/{row['badge_id']}.json")).status_code == 404
    bits = (await badging.service.client.get("/status/revocation-1")).json()["credentialSubject"]["encodedList"]
    assert bits == status_lists.encoded_list([row["list_index"]])


async def test_issued_badge_outlives_its_person(badging: Badging) -> None:
    person = await badging.know()
    event = await badging.issue(person)
    before = await badging.credential(event.badge_id)

    await badging.service.deliver(PersonErased(person_id=person))

    assert await badging.credential(event.badge_id) == before
    stored = await badging.service.database.pool.fetchval(
        "SELECT string_agg(t::text, ' ') FROM (SELECT p::text FROM people p UNION ALL"
        " SELECT b::text FROM badges b) AS rows (t)"
    )
    assert str(person) in stored
    assert f"{person}@example.org" not in stored


async def test_only_the_address_of_a_person_is_kept(badging: Badging) -> None:
    await badging.know()
    person = await badging.service.add_person(name="Ada Lovelace", institution="Analytical Engines")

    row = await badging.service.database.pool.fetchrow(
        "SELECT name, institution, email FROM people WHERE person_id = $1", person
    )

    assert tuple(row) == ("", "", f"{person}@example.org")


@pytest.mark.parametrize("items", [(sample.result("unheard-of", "shown"),), (sample.result("roles", "unheard-of"),)])
async def test_decision_that_contradicts_its_definition_is_a_dead_letter(
    badging: Badging, items: tuple[object, ...]
) -> None:
    person, neighbour = await badging.know(), await badging.service.add_person()

    await badging.service.deliver(badging.decision(person, items=items), badging.decision(neighbour))
    await badging.sign()

    assert await badging.held() == [("dead", None)]
    error = await badging.service.database.pool.fetchval("SELECT error FROM held")
    assert error.startswith("Contradiction: items: ")
    assert "unheard-of" in error
    assert [event.person_id for event in await badging.issued()] == [neighbour]


async def test_definition_of_the_decision_counts_not_the_newest(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(sample.published(version=2, name="Fundamentals, revised"))

    event = await badging.issue(person)

    assert (await badging.credential(event.badge_id))["name"] == "Community Engagement Fundamentals"
    assert event.credential_version == 1


async def test_older_state_of_a_definition_is_not_taken(badging: Badging) -> None:
    await badging.service.deliver(sample.published(change=7, name="New"), sample.published(change=6, name="Old"))
    person = await badging.service.add_person()

    event = await badging.issue(person)

    assert (await badging.credential(event.badge_id))["name"] == "New"


async def test_badge_is_whole_before_it_is_signed(badging: Badging) -> None:
    person = await badging.know()
    await badging.service.deliver(badging.decision(person))
    (row,) = await badging.rows("badges")

    await badging.service.deliver(sample.published(change=9, name="Renamed meanwhile"))
    await badging.sign()

    credential = await badging.credential(row["badge_id"])
    assert {name: value for name, value in credential.items() if name != "proof"} == row["document"]
    assert credential["proof"][0]["created"] == credentials.timestamp(row["created"])
