"""Status lists are computed from rows, signed, and replaced only by newer ones."""

from typing import Any

from openbadgeslib.ob3.status import check_credential_status, decode_encoded_list, set_indices

from contracts.events.people import PersonErased
from services.badging import store
from services.badging.domain import status_lists
from services.badging.domain.credentials import timestamp
from services.badging.domain.status_lists import Place
from tests.component.badging.conftest import PUBLIC_URL, Badging
from tests.component.conftest import StartService
from tests.unit.badging.verifying import by_openbadgeslib, by_the_book
from tests.waiting import until


async def fetch(badging: Badging, name: str = "revocation-1") -> dict[str, Any]:
    response = await badging.service.client.get(f"/status/{name}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def abandon(badging: Badging) -> int:
    """A person erased before the signature; the place in the lists of what would have been the badge."""
    person = await badging.service.add_person()
    await badging.service.deliver(badging.decision(person), PersonErased(person_id=person))
    return next(row["list_index"] for row in await badging.rows("badges") if row["person_id"] == person)


async def test_lists_are_there_when_a_badge_is(badging: Badging) -> None:
    event = await badging.issue(await badging.know())
    credential = await badging.credential(event.badge_id)

    names = []
    for entry in credential["credentialStatus"]:
        assert entry["statusListCredential"].startswith(f"{PUBLIC_URL}/status/")
        name = entry["statusListCredential"].rpartition("/")[2]
        found = await fetch(badging, name)
        by_the_book(found, badging.key)
        assert (found["id"], found["issuer"]) == (entry["statusListCredential"], credential["issuer"]["id"])
        assert found["credentialSubject"]["statusPurpose"] == entry["statusPurpose"]
        assert set_indices(decode_encoded_list(found["credentialSubject"]["encodedList"])) == frozenset()
        names.append(name)
    assert names == ["revocation-1", "suspension-1"]


async def test_openbadgeslib_reads_the_status_of_a_badge(badging: Badging) -> None:
    event = await badging.issue(await badging.know())
    found = by_openbadgeslib(await badging.credential(event.badge_id), badging.key)
    lists = {
        f"{PUBLIC_URL}/status/{name}": (await badging.service.client.get(f"/status/{name}")).content
        for name in ("revocation-1", "suspension-1")
    }

    check_credential_status(found, download=lambda url: lists[url])


async def test_changed_bit_is_published(badging: Badging) -> None:
    await badging.know()
    await badging.publish()
    before = await fetch(badging)

    places = [await abandon(badging), await abandon(badging)]
    await badging.publish()

    after = await fetch(badging)
    by_the_book(after, badging.key)
    assert set_indices(decode_encoded_list(before["credentialSubject"]["encodedList"])) == frozenset()
    assert set_indices(decode_encoded_list(after["credentialSubject"]["encodedList"])) == frozenset(places)
    suspension = await fetch(badging, "suspension-1")
    assert set_indices(decode_encoded_list(suspension["credentialSubject"]["encodedList"])) == frozenset()


async def test_nothing_is_signed_that_is_fresh(badging: Badging) -> None:
    await badging.publish()
    before = await badging.rows("status_lists")

    badging.service.clock.move(hours=23)
    await badging.publish()
    assert await badging.rows("status_lists") == before

    badging.service.clock.move(hours=2)
    await badging.publish()
    assert [row["version"] for row in await badging.rows("status_lists")] == [2, 2]
    assert (await fetch(badging))["validFrom"] == timestamp(badging.service.clock())


async def test_list_from_a_clock_that_ran_ahead_is_replaced(badging: Badging) -> None:
    badging.service.clock.move(days=40)
    await badging.publish()
    badging.service.clock.move(days=-40)

    await badging.publish()

    assert (await fetch(badging))["validFrom"] == timestamp(badging.service.clock())


async def test_list_of_another_key_or_address_is_replaced(badging: Badging, service: StartService) -> None:
    await badging.publish()
    before = await badging.rows("status_lists")
    await badging.service.database.pool.execute("UPDATE status_lists SET signed_by = 'did:web:old.example.org#z'")

    await badging.publish()

    after = await badging.rows("status_lists")
    assert [row["signed_by"] for row in after] == [row["signed_by"] for row in before]
    assert [row["version"] for row in after] == [2, 2]


async def test_older_list_never_replaces_a_newer_one(badging: Badging) -> None:
    await badging.know()
    async with badging.service.database.transaction() as tx:
        derived = await store.derive_list(tx, 1, "revocation")
    place = await abandon(badging)
    await badging.publish()

    async with badging.service.database.transaction() as tx:
        assert not await store.publish_list(tx, derived, b"an older list", tx.now, "method")

    assert set_indices(decode_encoded_list((await fetch(badging))["credentialSubject"]["encodedList"])) == frozenset(
        [place]
    )


async def test_bit_that_changes_while_a_list_is_signed_is_not_forgotten(badging: Badging) -> None:
    await badging.know()
    async with badging.service.database.transaction() as tx:
        derived = await store.derive_list(tx, 1, "revocation")
    place = await abandon(badging)
    async with badging.service.database.transaction() as tx:
        assert await store.publish_list(tx, derived, b"{}", tx.now, "method")

    await badging.publish()

    assert set_indices(decode_encoded_list((await fetch(badging))["credentialSubject"]["encodedList"])) == frozenset(
        [place]
    )


async def test_full_list_is_followed_by_the_next(badging: Badging) -> None:
    """A list counts as full when no guess is free: here every guess is the place that is taken."""
    person = await badging.know()
    first = await badging.issue(person)
    (row,) = await badging.rows("badges")
    async with badging.service.database.transaction() as tx:
        assert await store.free_place(tx, [row["list_index"]]) is None
        assert await store.free_place(tx, [row["list_index"], 5]) == Place(1, 5)
        await store.open_next_lists(tx)
        assert await store.free_place(tx, [row["list_index"]]) == Place(2, row["list_index"])

    await badging.issue(await badging.service.add_person())

    places = {row["badge_id"]: row["list_number"] for row in await badging.rows("badges")}
    assert sorted(places.values()) == [1, 2]
    assert places[first.badge_id] == 1
    assert (await fetch(badging, "suspension-2"))["id"] == f"{PUBLIC_URL}/status/suspension-2"


async def test_places_are_drawn_at_random(badging: Badging) -> None:
    await badging.know()
    people = [await badging.service.add_person() for _ in range(20)]
    await badging.service.deliver(*[badging.decision(person) for person in people])

    indexes = [row["list_index"] for row in await badging.rows("badges")]

    assert len(set(indexes)) == 20
    assert max(indexes) - min(indexes) > status_lists.ENTRIES / 8


async def test_lists_are_signed_anew_as_soon_as_the_clock_is_moved(badging: Badging) -> None:
    """The job counts hours of real time; the clock by which a list expires may jump, to and fro."""
    jobs = badging.service.running.jobs
    jobs.start()
    try:
        for days in (0, 30, -60):
            badging.service.clock.move(days=days)
            await until_signed_at(badging, timestamp(badging.service.clock()))
    finally:
        await jobs.stop()


async def until_signed_at(badging: Badging, moment: str) -> None:
    async def signed() -> bool:
        response = await badging.service.client.get("/status/revocation-1")
        return response.status_code == 200 and response.json()["validFrom"] == moment

    await until(signed, 15)
