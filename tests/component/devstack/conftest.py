from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.component.devstack.running import Mailbox, Sandbox


@pytest.fixture(scope="session")
async def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("stripe"))
    await sandbox.open()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """A Stripe sandbox that tests share: its switches are as at first, no session is open, no webhook under way."""
    await shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
async def own_sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox for this test alone, which may kill it."""
    sandbox = Sandbox(tmp_path)
    await sandbox.open()
    yield sandbox
    await sandbox.close()


@pytest.fixture(scope="session")
async def shared_mailbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("mailbox"), 1_000)
    await mailbox.open()
    yield mailbox
    await mailbox.close()


@pytest.fixture
async def mailbox(shared_mailbox: Mailbox) -> Mailbox:
    """A mailbox that tests share, empty."""
    assert (await shared_mailbox.http.delete("/api/v1/messages")).text == "ok"
    return shared_mailbox


@pytest.fixture
async def small_mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    """A mailbox for this test alone, which keeps the newest three mails."""
    mailbox = Mailbox(tmp_path, 3)
    await mailbox.open()
    yield mailbox
    await mailbox.close()
