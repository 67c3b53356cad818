"""One application never holds more than its quota, whoever sends how much at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.component.conftest import StartService
from tests.component.intake.conftest import PROGRAM
from tests.component.intake.walker import PDF, Applicant, Walker

MOST = 3_000_000
LARGE = PDF + b" " * 1_000_000


@pytest.fixture
async def intake(service: StartService) -> Walker:
    return Walker(await service("intake", program_dir=PROGRAM, most_application_bytes=MOST))


@pytest.fixture
async def path(intake: Walker, ada: Applicant) -> str:
    path = await intake.open(ada)
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    return path


def held(intake: Walker, ada: Applicant) -> int:
    return sum(file.stat().st_size for file in intake.objects(ada))


async def test_what_does_not_fit_is_refused_and_says_what_to_remove(intake: Walker, ada: Applicant, path: str) -> None:
    cv, works = f"{path}/materials/cv", f"{path}/materials/works"
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", LARGE)})
    one = await intake.call(ada, "PUT", works, 200, files={"file": ("a.pdf", LARGE)}, data={"annotation": "Loom"})
    before = await intake.call(ada, "GET", path, 200)
    refused = await intake.call(ada, "PUT", works, 413, files={"file": ("b.pdf", LARGE)})
    assert (refused["type"], [error["field"] for error in refused["errors"]]) == ("quota", ["file"])
    assert f"works {one['artifact_id']} (1 MB), cv (1 MB)" in refused["detail"]
    assert "at most 3 MB. This application holds 2 MB already" in refused["detail"]
    assert await intake.call(ada, "GET", path, 200) == before
    assert held(intake, ada) == 2 * len(LARGE) + 4
    await intake.call(ada, "PUT", cv, 200, files={"file": ("cv.pdf", LARGE + b" " * 800_000)})
    await intake.call(ada, "DELETE", cv, 204)
    await intake.call(ada, "PUT", works, 200, files={"file": ("b.pdf", LARGE)})


async def test_to_the_last_byte(intake: Walker, ada: Applicant, path: str) -> None:
    works = f"{path}/materials/works"
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "Two words"})
    left = MOST - len("Two words")
    first = PDF + b" " * (2_000_000 - len(PDF))
    await intake.call(ada, "PUT", works, 200, files={"file": ("a.pdf", first)})
    rest = left - len(first)
    for over in (1, 5):
        fits = PDF + b" " * (rest - len(PDF) - 4 + over)
        refused = await intake.call(
            ada, "PUT", works, 413, files={"file": ("b.pdf", fits)}, data={"annotation": "Loom"}
        )
        assert refused["type"] == "quota"
    await intake.call(
        ada,
        "PUT",
        works,
        200,
        files={"file": ("b.pdf", PDF + b" " * (rest - len(PDF) - 4))},
        data={"annotation": "Loom"},
    )
    assert held(intake, ada) == MOST
    longer = await intake.call(ada, "PUT", f"{path}/materials/essay", 413, json={"text": "Three small words"})
    assert (longer["type"], [error["field"] for error in longer["errors"]]) == ("quota", ["text"])
    assert (await intake.call(ada, "GET", f"{path}/materials/essay", 200))["text"] == "Two words"
    await intake.call(ada, "PUT", f"{path}/materials/essay", 200, json={"text": "2 words"})


async def test_what_does_not_fit_is_cut_off_while_it_comes(intake: Walker, ada: Applicant, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n%PDF-1.7\n'
        for _ in range(20):
            sent += 1
            yield b" " * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused = await intake.call(ada, "PUT", f"{path}/materials/works", 413, content=endless(), headers=headers)
    assert (refused["type"], sent <= 6) == ("quota", True)
    assert intake.objects(ada) == []


async def test_ten_at_once_do_not_pass_it(intake: Walker, ada: Applicant, path: str) -> None:
    """The requirements take two works, a CV, and no more than three files of this size fit."""
    await intake.call(ada, "PUT", f"{path}/materials/cv", 200, files={"file": ("cv.pdf", LARGE)})
    file = PDF + b" " * 950_000
    targets = ["works"] * 5 + ["cv"] * 5
    answers = await asyncio.gather(
        *(
            intake.client.put(f"{path}/materials/{key}", files={"file": ("a.pdf", file)}, headers=ada.headers)
            for key in targets
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 409, 413}
    shown = await intake.call(ada, "GET", path, 200)
    sizes = [material["size"] for one in shown["requirements"] for material in one.get("materials", [])]
    assert sum(sizes) <= MOST
    assert held(intake, ada) == sum(sizes)


async def test_ten_large_ones_at_once_leave_room_for_exactly_as_many_as_fit(intake: Walker, ada: Applicant) -> None:
    path = await intake.open(ada, "weaving")
    await intake.call(ada, "PUT", f"{path}/path", 200, json={"path": "shown", "answer": "often"})
    file = PDF + b" " * (MOST // 2)
    answers = await asyncio.gather(
        *(
            intake.client.put(f"{path}/materials/works", files={"file": ("a.pdf", file)}, headers=ada.headers)
            for _ in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [413] * 9
    assert {answer.json()["type"] for answer in answers if answer.status_code == 413} == {"quota"}
    assert [one.stat().st_size for one in intake.objects(ada)] == [len(file)]
