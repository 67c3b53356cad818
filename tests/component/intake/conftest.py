"""An intake with the checkout's program, and an applicant who uses it over HTTP."""

from pathlib import Path

import pytest

from tests.component.conftest import StartService
from tests.component.intake.walker import Applicant, Walker

PROGRAM = Path(__file__).parent / "program"
PROGRAM_OF_FILES = Path(__file__).parent / "program_of_files"
"""One credential that asks for a document of Office and for a large video."""


@pytest.fixture
async def intake(service: StartService) -> Walker:
    """A started intake with the small program of these tests; wide sign-in limits; the first administrator is
    admin@example.org."""
    one = await service(
        "intake",
        program_dir=PROGRAM,
        first_admin_email="admin@example.org",
        sign_in_per_address="10000 per minute",
        sign_in_per_client="10000 per minute",
    )
    return Walker(one)


@pytest.fixture
async def ada(intake: Walker) -> Applicant:
    """Somebody who is signed in."""
    return await intake.sign_in("ada@example.org")


@pytest.fixture
async def path(intake: Walker, ada: Applicant) -> str:
    """An open application on the path with artifacts, by its page."""
    path = await intake.open(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    return path.removeprefix("/api")
