"""Records go into the journal, and journeys come out of it."""

from uuid import UUID, uuid4

from contracts.claims import Money
from contracts.events.applications import ApplicationLapsed, ApplicationStarted
from contracts.events.badging import BadgeIssued
from contracts.events.notify import MailSent
from contracts.events.payments import FeePaid
from contracts.events.people import PersonDescribed, PersonErased
from tests.component.ops.conftest import Console


def started(application_id: UUID, person_id: UUID) -> ApplicationStarted:
    return ApplicationStarted(
        application_id=application_id, person_id=person_id, person_version=1, credential="c", credential_version=1
    )


async def test_a_journey_is_told_by_cause_then_time(console: Console) -> None:
    ops, application, person, badge = console.service, uuid4(), uuid4(), uuid4()
    begin = ops.envelope(started(application, person))
    ops.clock.move(seconds=-5)  # the clock of payments is late
    paid = ops.envelope(FeePaid(application_id=application, person_id=person, amount=Money(amount_minor=6000)))
    paid = paid.model_copy(update={"causation_id": begin.id})
    ops.clock.move(seconds=30)
    issued = ops.envelope(
        BadgeIssued(
            badge_id=badge,
            person_id=person,
            application_id=application,
            decision_id=uuid4(),
            achievement="c",
            credential_version=1,
            url="u",
        )
    )
    mailed = ops.envelope(
        MailSent(
            event_id=issued.id, template="badge_issued", person_id=person, application_id=application, message_id="<m>"
        )
    )
    mailed = mailed.model_copy(update={"causation_id": issued.id})
    foreign = ops.envelope(started(uuid4(), person))
    await ops.deliver(mailed, issued, foreign, paid, begin)

    items = await console.items(f"journeys/{application}")
    assert [item["id"] for item in items] == [str(one.id) for one in (begin, paid, issued, mailed)]
    assert items[1] == {
        "topic": "payments.fees",
        "partition": 0,
        "offset": 0,
        "time": paid.time.isoformat().replace("+00:00", "Z"),
        "type": "payments.fee.paid.v1",
        "id": str(paid.id),
        "correlation_id": str(paid.correlation_id),
        "causation_id": str(begin.id),
        "key": str(application),
    }


async def test_a_journey_by_pages(console: Console) -> None:
    application = uuid4()
    await console.service.deliver(
        *[ApplicationLapsed(application_id=application, person_id=uuid4(), credential="c", credential_version=1)] * 5
    )
    whole = await console.items(f"journeys/{application}")
    assert len(whole) == 5
    found, after = [], None
    while True:
        page = (await console.get(f"journeys/{application}", limit=2, **({"after": after} if after else {}))).json()
        found += page["items"]
        assert len(page["items"]) <= 2
        if (after := page["next"]) is None:
            break
    assert found == whole


async def test_a_journey_that_nobody_spoke_of(console: Console) -> None:
    response = await console.get(f"journeys/{uuid4()}")
    assert (response.status_code, response.json()["type"]) == (404, "not_found")
    assert (await console.get("journeys/not-an-id")).status_code == 422


async def test_every_record_is_kept_once_whatever_it_is(console: Console) -> None:
    ops, key = console.service, uuid4()
    good = ops.envelope(started(key, uuid4()))
    records = [
        ops.record(good),
        ops.record(good, value=b"\xff\x00 no json", headers=()),
        ops.record(good, value=None, headers=()),
        ops.record(good, value=b"{}", key=b"\x00\xff", headers=(("type", b"from.the.future.v9"), ("id", b"seven"))),
        ops.record(good),  # a second record with the same id
    ]
    await ops.deliver_records(records)
    await ops.deliver_records(records)
    rows = await ops.database.pool.fetch(
        """SELECT "offset", type, id, key, value FROM journal WHERE topic = 'intake.applications' ORDER BY "offset" """
    )
    assert [(row["offset"], row["type"], row["id"], row["value"]) for row in rows] == [
        (0, good.type, good.id, records[0].value),
        (1, None, None, b"\xff\x00 no json"),
        (2, None, None, None),
        (3, "from.the.future.v9", None, b"{}"),
        (4, good.type, good.id, records[0].value),
    ]
    assert rows[3]["key"] == "\ufffd\ufffd"
    assert len(await console.items(f"journeys/{key}")) == 4
    assert await ops.database.pool.fetchval("SELECT count(*) FROM held") == 0


async def test_a_journal_that_is_ahead_of_its_positions_takes_no_record_twice(console: Console) -> None:
    """The state after a restore from backups that were made at different moments."""
    ops, application = console.service, uuid4()
    record = ops.record(ops.envelope(started(application, uuid4())))
    await ops.deliver_records([record])
    await ops.database.pool.execute("DELETE FROM positions")
    await ops.deliver_records([record])
    assert len(await console.items(f"journeys/{application}")) == 1


async def test_nothing_of_a_person_is_in_the_console_s_database(console: Console) -> None:
    ops, person = console.service, uuid4()
    described = PersonDescribed(
        person_id=person,
        version=1,
        name="Secretive Name",
        email="secret@example.org",
        institution="Hidden College",
        sessions_valid_from=ops.clock(),
    )
    (sent,) = await ops.deliver(described)
    await ops.deliver(PersonErased(person_id=person))
    rows = await ops.database.pool.fetch(
        'SELECT * FROM journal WHERE topic = \'intake.people\' AND "offset" > 0 ORDER BY "offset"'
    )
    assert [(row["type"], row["key"], row["value"], row["journey_id"]) for row in rows] == [
        ("intake.person.described.v1", None, None, None),
        ("intake.person.erased.v1", None, None, None),
    ]
    assert rows[0]["id"] == sent.id
    everything = ""
    for table in await ops.database.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        everything += str(await ops.database.pool.fetch(f"SELECT t::text FROM {table['tablename']} t"))
    assert str(person) in everything, "the row that says that this person was erased"
    for secret in ("Secretive", "secret@example.org", "Hidden", "Olga"):
        assert secret not in everything


async def test_a_batch_of_people_leaves_the_newest_of_each_and_revives_nobody(console: Console) -> None:
    ops, stays, gone = console.service, uuid4(), uuid4()

    def described(person: UUID, version: int, *roles: str) -> PersonDescribed:
        return PersonDescribed(
            person_id=person,
            version=version,
            name="N",
            email="n@example.org",
            roles=roles,
            sessions_valid_from=ops.clock(),
        )

    await ops.deliver(
        described(gone, 1, "operator"),
        described(stays, 2, "operator"),
        PersonErased(person_id=gone),
        described(stays, 1, "staff"),
        described(gone, 2, "operator"),
    )
    rows = await ops.database.pool.fetch(
        "SELECT person_id, version, erased, roles FROM people WHERE person_id = ANY($1)", [stays, gone]
    )
    found = {row["person_id"]: (row["version"], row["erased"], list(row["roles"])) for row in rows}
    assert found[stays] == (2, False, ["operator"])
    assert found[gone][1:] == (True, [])


async def test_who_is_an_operator_follows_the_people(console: Console) -> None:
    ops = console.service
    assert (await console.get("dead-letters")).status_code == 200
    await ops.add_person(console.operator, version=2, roles=("staff",))
    assert (await console.get("dead-letters")).status_code == 403
    await ops.add_person(console.operator, version=3, roles=("operator",))
    assert (await console.get("dead-letters")).status_code == 200
    await ops.deliver(PersonErased(person_id=console.operator))
    assert (await console.get("dead-letters")).status_code == 401


async def test_a_record_of_people_that_breaks_its_contract_stops_nobody(console: Console) -> None:
    ops = console.service
    broken = ops.record(
        ops.envelope(
            PersonDescribed(person_id=uuid4(), version=1, email="a@example.org", sessions_valid_from=ops.clock())
        ),
        value=b"{",
    )
    await ops.deliver_records([broken])
    other = await ops.add_person(roles=("operator",))
    assert (await ops.client.get("/api/ops/dead-letters", headers=ops.session_for(other))).status_code == 200
    assert await ops.database.pool.fetchval("SELECT count(*) FROM journal WHERE topic = 'intake.people'") == 3


async def test_the_journal_forgets_what_topics_forget(console: Console) -> None:
    ops, application = console.service, uuid4()
    mail = MailSent(event_id=uuid4(), template="t", person_id=uuid4(), application_id=application, message_id="<m>")
    await ops.deliver(started(application, uuid4()), mail)
    ops.clock.move(days=89)
    await ops.run_job("forget-old-records")
    assert len(await console.items(f"journeys/{application}")) == 2
    ops.clock.move(days=2)
    await ops.run_job("forget-old-records")
    assert [item["topic"] for item in await console.items(f"journeys/{application}")] == ["intake.applications"]
