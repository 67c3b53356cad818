"""Reading texts for people: never an exception; words replace a text that cannot be read, and it is counted and logged
without its content."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse
from starlette.types import Message
from structlog.testing import capture_logs

from chassis.objects import ObjectStore
from chassis.showing import CHECKED_FIRST_BYTES, TEXTS, Reading, Why, read_json, read_text, serve, text_of
from chassis.telemetry import OBJECTS_UNREADABLE
from contracts.claims import ObjectClaim
from contracts.refusals import Refused

ADA = UUID(int=1)
LARGE = b"weft " * CHECKED_FIRST_BYTES
SECRET = b"a secret of Ada"
Logged = list[dict[str, object]]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.open("intake", f"file://{tmp_path}/objects")


@pytest.fixture
def logged() -> Iterator[Logged]:
    with capture_logs() as logs:
        yield logs


def counted(why: Why) -> float:
    return OBJECTS_UNREADABLE.labels("intake", why)._value.get()


def damage(tmp_path: Path, claim: ObjectClaim) -> None:
    file = tmp_path / "objects" / claim.name
    file.write_bytes(b"?" + file.read_bytes()[1:])


async def test_texts_and_json_are_read(store: ObjectStore) -> None:
    assert await read_text(store, await store.put(ADA, "wärp".encode(), "text/plain")) == Reading("wärp")
    assert await read_text(
        store, await store.put(ADA, "wärp".encode("utf-16"), "text/plain; charset=utf-16")
    ) == Reading("wärp")
    assert await read_text(store, await store.put(ADA, b"", "text/plain")) == Reading("")
    assert await read_json(store, await store.put(ADA, b'{"a": "b"}', "application/json"), TEXTS) == Reading({"a": "b"})


async def test_what_cannot_be_read_is_said_counted_and_logged(
    store: ObjectStore, tmp_path: Path, logged: Logged
) -> None:
    gone, corrupt = await store.put(ADA, SECRET, "text/plain"), await store.put(ADA, SECRET, "text/plain")
    await store.delete(gone.name)
    damage(tmp_path, corrupt)
    no_text = await store.put(ADA, SECRET + b"\xff", "text/plain")
    no_name = corrupt.model_copy(update={"name": "intake/../x"})
    not_ours = corrupt.model_copy(update={"name": "badging/x/y"})
    too_long = corrupt.model_copy(update={"size": 1 << 40})
    for claim, why in (
        (gone, Why.GONE),
        (corrupt, Why.CORRUPT),
        (no_text, Why.UNFIT),
        (no_name, Why.FAILED),
        (not_ours, Why.FAILED),
        (too_long, Why.UNFIT),
    ):
        before, entries = counted(why), len(logged)
        read = await read_text(store, claim, application_id=ADA)
        assert (read.value, read.why) == (None, why)
        assert text_of(read) == read.words
        assert counted(why) == before + 1
        (entry,) = logged[entries:]
        level = "info" if why is Why.GONE else "error"
        assert (entry["log_level"], entry["why"], entry["object"], entry["application_id"]) == (
            level,
            why,
            claim.name,
            str(ADA),
        )
    assert logged[0]["about"] == str(ADA)
    assert SECRET.decode() not in str(logged)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b'{"a": 1}', b'{"a": null}', b'"text"', b"\xff", b"[" * 100_000, SECRET]
)
async def test_json_that_is_not_what_was_written(store: ObjectStore, logged: Logged, data: bytes) -> None:
    read = await read_json(store, await store.put(ADA, data, "application/json"), TEXTS)
    assert (read.value, read.why) == (None, Why.UNFIT)
    assert SECRET.decode() not in str(logged)


async def test_json_is_what_it_says(store: ObjectStore) -> None:
    claim = await store.put(ADA, b'{"a": "1"}', "application/json")
    assert (await read_json(store, claim, TypeAdapter(dict[str, int]))).why is Why.UNFIT


async def sent(response: StreamingResponse) -> list[Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await response.stream_response(send)
    return messages


async def test_a_file_is_served_to_be_saved(store: ObjectStore) -> None:
    small = await serve(store, await store.put(ADA, b"%PDF", "application/pdf"), "S-1/../cv\r\n")
    assert (small.body, small.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert small.headers["content-disposition"] == 'attachment; filename="S-1..cv.pdf"'
    assert small.headers["content-security-policy"] == "default-src 'none'; sandbox"
    odd = await serve(store, await store.put(ADA, b"x", "text/html\r\nX-Evil: 1"), "\u202e")
    assert (odd.headers["content-type"], odd.headers["content-disposition"]) == (
        "application/octet-stream",
        'attachment; filename="file"',
    )
    large = await serve(store, await store.put(ADA, LARGE, "video/mp4"), "talk")
    assert isinstance(large, StreamingResponse)
    _, *pieces = await sent(large)
    assert (large.headers["content-length"], large.headers["content-disposition"]) == (
        str(len(LARGE)),
        'attachment; filename="talk.mp4"',
    )
    assert b"".join(piece["body"] for piece in pieces) == LARGE
    assert [piece["more_body"] for piece in pieces][-2:] == [True, False]


async def test_a_small_damaged_file_is_refused_and_a_large_one_breaks_off(
    store: ObjectStore, tmp_path: Path, logged: Logged
) -> None:
    for size, status in ((10, 503), (CHECKED_FIRST_BYTES, 503)):
        claim = await store.put(ADA, LARGE[:size], "application/pdf")
        damage(tmp_path, claim)
        with pytest.raises(Refused) as refused:
            await serve(store, claim, "cv")
        assert (refused.value.status, refused.value.type) == (status, "unreadable")
        await store.delete(claim.name)
        with pytest.raises(Refused) as refused:
            await serve(store, claim, "cv")
        assert refused.value.status == 404
    claim = await store.put(ADA, LARGE, "video/mp4")
    damage(tmp_path, claim)
    before = counted(Why.CORRUPT)
    response = await serve(store, claim, "talk", application_id=ADA)
    assert isinstance(response, StreamingResponse)
    messages = await sent(response)
    assert sum(len(message.get("body", b"")) for message in messages) < len(LARGE)
    assert all(message.get("more_body", True) for message in messages), "the server is not told that it was all"
    assert counted(Why.CORRUPT) == before + 1
    assert (logged[-1]["log_level"], logged[-1]["object"], logged[-1]["application_id"]) == (
        "error",
        claim.name,
        str(ADA),
    )
