"""Relays that refuse or are away, erased people, expired links, databases that fail at the answer, shutdowns."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.claims import Money
from contracts.events.notify import MailFailed, MailSent
from contracts.events.payments import FeePaid
from contracts.events.people import PersonErased
from services.notify import usecases
from services.notify.usecases import LEASE, SEND_MAILS
from tests import one_service
from tests.component.notify.conftest import SENDER, Mails
from tests.component.notify.relay import running_relay
from tests.conftest import NewDatabase


def paid(person_id: UUID, application_id: UUID | None = None) -> FeePaid:
    return FeePaid(application_id=application_id or uuid4(), person_id=person_id, amount=Money(amount_minor=6000))


async def test_4xx_is_tried_again_later_and_5xx_is_final(mails: Mails) -> None:
    later = await mails.service.add_person(email="later@example.org")
    never = await mails.service.add_person(email="never@example.org")
    mails.relay.answers["later@example.org"] = ["451 later", "450 later still"]
    mails.relay.answers["never@example.org"] = ["550 no such mailbox", "250 OK"]
    (first, second) = await mails.service.deliver(paid(later), paid(never))
    await mails.send()
    assert await mails.states() == {first.id: ("due", "relay said 451"), second.id: ("failed", "refused")}
    await mails.send()  # too early: the first wait is five seconds
    mails.service.clock.move(seconds=4.9)
    await mails.send()
    assert (await mails.states())[first.id] == ("due", "relay said 451")
    mails.service.clock.move(seconds=0.2)
    await mails.send()
    assert (await mails.states())[first.id] == ("due", "relay said 450")
    assert mails.relay.taken == []
    mails.service.clock.move(seconds=10.1)
    await mails.send()
    assert [mail["To"] for mail in mails.relay.taken] == ["later@example.org"]
    said = {one.event_id: type(one) for one in await mails.said()}
    assert said == {first.id: MailSent, second.id: MailFailed}


async def test_a_relay_that_is_away_loses_no_mail(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.relay.stop()
    await mails.service.deliver(*[paid(person) for _ in range(60)])
    await mails.send()
    states = list((await mails.states()).values())
    assert {state for state, _ in states} == {"due"}
    assert {reason for _, reason in states} <= {"relay away: SMTPConnectError", ""}
    await mails.relay.start()
    mails.service.clock.move(seconds=11)
    await mails.send()
    assert len(set(mails.relay.ids)) == len(mails.relay.taken) == 60


async def test_a_relay_that_stays_away_for_a_day(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.relay.stop()
    (sent,) = await mails.service.deliver(paid(person))
    for _ in range(120):
        await mails.send()
        mails.service.clock.move(minutes=15)
    assert await mails.states() == {sent.id: ("failed", "too_late")}
    assert [(type(one), getattr(one, "reason", "")) for one in await mails.said()] == [(MailFailed, "too_late")]


async def test_a_connection_that_ended_while_idle_is_replaced(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.service.deliver(paid(person))
    await mails.send()
    mails.relay.answers[f"{person}@example.org"] = ["421 closing"]
    await mails.service.deliver(paid(person))
    await mails.send()
    mails.service.clock.move(seconds=6)
    await mails.send()
    assert len(mails.relay.taken) == 2
    assert mails.relay.connections == 2


async def test_a_relay_that_hangs_up_before_its_answer_gets_the_same_message_id_again(mails: Mails) -> None:
    person = await mails.service.add_person()
    mails.relay.hang_up_after_data = 1
    (sent,) = await mails.service.deliver(paid(person))
    await mails.send()
    assert (await mails.states())[sent.id][0] == "due"
    mails.service.clock.move(seconds=6)
    await mails.send()
    assert len(mails.relay.ids) == 2
    assert len(set(mails.relay.ids)) == 1
    assert len(await mails.said()) == 1


async def test_a_link_is_not_mailed_after_its_end(mails: Mails) -> None:
    person = await mails.service.add_person()
    (late, in_time) = await mails.service.deliver(
        mails.link(person, minutes=15), mails.link(person, "second", minutes=16)
    )
    mails.service.clock.move(minutes=15)
    await mails.send()
    assert len(mails.relay.taken) == 1
    assert await mails.states() == {late.id: ("dropped", "too_late"), in_time.id: ("sent", "")}
    (old,) = await mails.service.deliver(mails.link(person, minutes=-1))
    await mails.send()
    assert len(mails.relay.taken) == 1
    assert (await mails.states())[old.id] == ("dropped", "too_late")
    assert late.data.sealed not in await mails.everything_stored()
    assert old.data.sealed not in await mails.everything_stored()
    failed = [(one.event_id, one.reason) for one in await mails.said() if isinstance(one, MailFailed)]
    assert failed == [(late.id, "too_late"), (old.id, "too_late")]


async def test_who_is_erased_is_not_mailed(mails: Mails) -> None:
    gone, stays = await mails.service.add_person(name="Gone", kind="contact"), await mails.service.add_person()
    (before, link, others) = await mails.service.deliver(paid(gone), mails.link(gone), paid(stays))
    await mails.service.deliver(PersonErased(person_id=gone))
    (after,) = await mails.service.deliver(paid(gone))
    await mails.send()
    assert [mail["To"] for mail in mails.relay.taken] == [f"{stays}@example.org"]
    assert await mails.states() == {
        before.id: ("dropped", "erased"),
        link.id: ("dropped", "erased"),
        after.id: ("dropped", "erased"),
        others.id: ("sent", ""),
    }
    failed = {one.event_id: one.reason for one in await mails.said() if isinstance(one, MailFailed)}
    assert failed == {before.id: "erased", link.id: "erased", after.id: "erased"}


async def test_who_is_erased_before_anything_was_heard_of_them_is_not_mailed(mails: Mails) -> None:
    gone = uuid4()
    (link,) = await mails.service.deliver(mails.link(gone, version=3))
    await mails.service.deliver(PersonErased(person_id=gone))
    assert await mails.states() == {link.id: ("dropped", "erased")}
    (after,) = await mails.service.deliver(mails.link(gone, version=3))
    await mails.send()
    assert mails.relay.taken == []
    assert await mails.states() == {link.id: ("dropped", "erased"), after.id: ("dropped", "erased")}
    assert [(one.event_id, getattr(one, "reason", "")) for one in await mails.said()] == [
        (link.id, "erased"),
        (after.id, "erased"),
    ]
    assert link.data.sealed not in await mails.everything_stored()


async def test_who_does_not_come_within_a_day_is_not_mailed_and_holds_nobody_up(mails: Mails) -> None:
    here, away = await mails.service.add_person(), uuid4()
    (unnamed,) = await mails.service.deliver(mails.fee_due(uuid4(), here))
    lost = await mails.service.deliver(*[paid(away) for _ in range(usecases.MOST_AT_ONCE)])
    (sent,) = await mails.service.deliver(paid(here))
    await mails.send()
    waiting = {one.id: ("due", "") for one in (unnamed, *lost)}
    assert await mails.states() == waiting | {sent.id: ("sent", "")}
    mails.service.clock.move(days=1, seconds=-1)
    await mails.send()
    assert await mails.states() == waiting | {sent.id: ("sent", "")}
    mails.service.clock.move(seconds=1)
    await mails.send()
    assert await mails.states() == dict.fromkeys(waiting, ("failed", "too_late")) | {sent.id: ("sent", "")}
    assert {one.event_id for one in await mails.said() if isinstance(one, MailFailed)} == set(waiting)
    assert len(mails.relay.taken) == 1


async def test_an_answer_that_the_database_could_not_take_is_not_sent_again(mails: Mails) -> None:
    person = await mails.service.add_person()
    (sent,) = await mails.service.deliver(paid(person))
    pool = mails.service.database.pool
    await pool.execute("ALTER TABLE outbox RENAME TO outbox_away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await mails.send()
    with pytest.raises(asyncpg.UndefinedTableError):
        await mails.send()
    await pool.execute("ALTER TABLE outbox_away RENAME TO outbox")
    mails.service.clock.move(minutes=1)
    await mails.send()
    assert len(mails.relay.taken) == 1
    assert await mails.states() == {sent.id: ("sent", "")}
    assert len(await mails.said()) == 1


async def test_a_process_that_died_before_its_commit_doubles_the_mail_under_one_message_id(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    dsn = await new_database("notify")
    async with running_relay() as relay:
        first = await _notify(dsn, _folder(tmp_path, "first"), relay.port)
        person = await first.add_person()
        await first.deliver(paid(person))
        await first.database.pool.execute("ALTER TABLE outbox RENAME TO outbox_away")
        with pytest.raises(asyncpg.UndefinedTableError):
            await first.run_job(SEND_MAILS)
        await first.database.pool.execute("ALTER TABLE outbox_away RENAME TO outbox")
        await first.close()  # what it knew is gone

        second = await _notify(dsn, _folder(tmp_path, "second"), relay.port)
        await second.run_job(SEND_MAILS)
        assert len(relay.taken) == 1, "the lease keeps a second process away for a while"
        second.clock.move(seconds=LEASE.total_seconds() + 1)
        await second.run_job(SEND_MAILS)
        await second.run_job(SEND_MAILS)
        assert len(relay.ids) == 2
        assert len(set(relay.ids)) == 1
        assert len(await second.events(MailSent)) == 1
        await second.close()


async def test_two_processes_send_every_mail_once(new_database: NewDatabase, tmp_path: Path) -> None:
    dsn = await new_database("notify")
    async with running_relay() as relay:
        one, other = (
            await _notify(dsn, _folder(tmp_path, "one"), relay.port),
            await _notify(dsn, _folder(tmp_path, "other"), relay.port),
        )
        person = await one.add_person()
        await one.deliver(*[paid(person) for _ in range(150)])
        await asyncio.gather(one.run_job(SEND_MAILS), other.run_job(SEND_MAILS))
        assert len(set(relay.ids)) == len(relay.ids) == 150
        assert len(await one.events(MailSent)) == 150
        await one.close()
        await other.close()


async def test_a_template_that_fails_waits_for_a_build_that_repairs_it_and_holds_nobody_up(mails: Mails) -> None:
    person = await mails.service.add_person()
    (broken, whole) = await mails.service.deliver(paid(person), paid(person))
    pool = mails.service.database.pool
    await pool.execute("UPDATE mails SET facts = facts - 'amount' WHERE event_id = $1", broken.id)
    await mails.send()
    assert await mails.states() == {broken.id: ("due", "template: UndefinedError"), whole.id: ("sent", "")}
    await pool.execute(
        "UPDATE mails SET facts = (SELECT facts FROM mails WHERE event_id = $2) WHERE event_id = $1",
        broken.id,
        whole.id,
    )
    mails.service.clock.move(seconds=11)
    await mails.send()
    assert (await mails.states())[broken.id] == ("sent", "")


async def test_what_one_process_is_claiming_another_leaves_alone(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.service.deliver(*[paid(person) for _ in range(60)])
    database = mails.service.database
    async with asyncio.timeout(10), database.transaction() as one:
        first = await usecases.claim(one)
        async with database.transaction() as other:
            second = await usecases.claim(other)
    claimed = [claim.mail.event_id for claim in (*first, *second)]
    assert (len(first), len(second), len(set(claimed))) == (50, 10, 60)


async def test_a_shutdown_finishes_the_mail_in_hand_and_leaves_the_others_due(mails: Mails) -> None:
    person = await mails.service.add_person()
    await mails.service.deliver(*[paid(person) for _ in range(20)])
    mails.relay.hold = asyncio.Event()
    sending = asyncio.create_task(mails.send())
    async with asyncio.timeout(5):
        await mails.relay.offered.wait()
    sending.cancel()
    mails.relay.hold.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    states = [state for state, _ in (await mails.states()).values()]
    assert states.count("sent") == len(mails.relay.taken) <= 4
    assert states.count("due") == 20 - len(mails.relay.taken)
    mails.service.clock.move(seconds=11)
    await mails.send()
    assert len(set(mails.relay.ids)) == len(mails.relay.ids) == 20


async def test_an_answer_after_an_erasure_changes_nothing(mails: Mails) -> None:
    person = await mails.service.add_person(kind="contact")
    (sent,) = await mails.service.deliver(paid(person))
    mails.relay.hold = asyncio.Event()
    sending = asyncio.create_task(mails.send())
    async with asyncio.timeout(5):
        await mails.relay.offered.wait()
    await mails.service.deliver(PersonErased(person_id=person))
    mails.relay.hold.set()
    await sending
    assert await mails.states() == {sent.id: ("dropped", "erased")}
    assert [one.event_id for one in await mails.said()] == [sent.id]


async def _notify(dsn: str, folder: Path, port: int) -> one_service.OneService:
    return await one_service.start("notify", dsn, folder, smtp_port=port, smtp_from=SENDER)


def _folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


async def test_an_account_is_told_that_it_is_erased_and_its_address_forgotten(mails: Mails) -> None:
    gone = await mails.service.add_person(name="Gone", email="gone@example.org", language="es")
    (erased,) = await mails.service.deliver(PersonErased(person_id=gone))
    await mails.service.deliver(PersonErased(person_id=gone))
    await mails.send()
    assert [(mail["To"], mail["Subject"]) for mail in mails.relay.taken] == [
        ("gone@example.org", "Su cuenta está borrada")
    ]
    assert await mails.states() == {erased.id: ("sent", "")}
    stored = await mails.everything_stored()
    assert "gone@example.org" not in stored
    assert "Gone" not in stored


async def test_without_a_relay_the_address_of_who_is_erased_is_forgotten_within_a_minute(mails: Mails) -> None:
    gone = await mails.service.add_person(name="Gone", email="gone@example.org")
    (erased,) = await mails.service.deliver(PersonErased(person_id=gone))
    mails.service.clock.move(seconds=46)
    await mails.send()
    assert mails.relay.taken == []
    assert await mails.states() == {erased.id: ("dropped", "too_late")}
    assert "gone@example.org" not in await mails.everything_stored()
