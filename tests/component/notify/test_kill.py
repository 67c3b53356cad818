"""`kill -9` of the real process while it sends: no mail is lost, and a mail that comes twice has the same Message-ID
and one event."""

import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.claims import Money
from contracts.events.notify import MailSent
from contracts.events.payments import FeePaid
from devstack.child import Child
from devstack.paths import CHECKOUT
from devstack.ports import free_ports
from services.notify.usecases import MOST_AT_ONCE
from tests import one_service
from tests.component.notify.conftest import SENDER
from tests.component.notify.relay import TestRelay, running_relay
from tests.conftest import NewDatabase
from tests.forked import ForkedChild
from tests.waiting import until

MAILS = 150


@pytest.mark.long
async def test_kill_9_in_the_middle_of_sending(new_database: NewDatabase, tmp_path: Path) -> None:
    dsn = await new_database("notify")
    async with running_relay() as relay:
        inside = await one_service.start("notify", dsn, tmp_path, smtp_port=relay.port, smtp_from=SENDER)
        person = await inside.add_person()
        envelopes = await inside.deliver(
            *[FeePaid(application_id=uuid4(), person_id=person, amount=Money(amount_minor=6000)) for _ in range(MAILS)]
        )

        async def many_taken() -> bool:
            return len(relay.taken) >= 60

        async def all_said() -> bool:
            return len(await inside.events(MailSent)) >= MAILS

        process = a_process(dsn, tmp_path, relay)
        try:
            process.start()
            await until_it(many_taken, process)
            process.kill()
            process.start()
            await until_it(all_said, process)
        finally:
            process.stop()
        said = [one for one in await inside.events() if isinstance(one, MailSent)]
        await inside.close()
    assert sorted(one.event_id for one in said) == sorted(one.id for one in envelopes)
    assert {one.message_id for one in said} == set(relay.ids)
    doubled = Counter(relay.ids)
    assert max(doubled.values()) <= 2
    assert len(relay.ids) - MAILS <= MOST_AT_ONCE, "no more than what one claim had in hand"


def a_process(dsn: str, folder: Path, relay: TestRelay) -> Child:
    """The service as a process; its Kafka is away, and that does not keep it from mailing."""
    http, kafka = free_ports(2)
    environ = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL_NOTIFY": dsn,
        "HTTP_PORT": str(http),
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka}",
        "OBJECT_STORE_URL": (folder / "objects").as_uri(),
        "SESSION_JWKS_FILE": str(folder / "session.jwks"),
        "SEAL_PRIVATE_KEY_FILE": str(folder / "seal.private"),
        "SMTP_PORT": str(relay.port),
        "SMTP_FROM": SENDER,
    }
    return ForkedChild("notify", [sys.executable, "-m", "services.notify"], folder / "notify.log", environ, CHECKOUT)


async def until_it(condition: Callable[[], Awaitable[bool]], process: Child) -> None:
    """Wait for `condition`; fails with the process's log."""

    async def so() -> bool:
        if not process.running():
            raise process.failure("did not get there")
        return await condition()

    await until(so, 90, why=process.last_lines)
