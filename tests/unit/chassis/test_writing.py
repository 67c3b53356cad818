"""A text of a request is kept with its row, and deleted if the request is refused."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.objects import ObjectStore
from chassis.writing import REPLAYED, Writer
from contracts.claims import ObjectClaim
from contracts.refusals import Refused, Text, WrongState

ADA = UUID(int=1)


class NotNow(Exception):
    """A refusal of some domain."""


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(ObjectStore.open("intake", f"file://{tmp_path}/objects"), NotNow)


def texts(writer: Writer) -> list[bytes]:
    folder = Path(writer.objects._store.prefix)
    return sorted(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_what_is_kept_stays_and_what_it_replaced_goes(writer: Writer) -> None:
    async with writer.about(ADA) as written:
        first = await written.put_text("first")
        written.keep()
    async with writer.about(ADA) as written:
        await written.put_json({"second": 2})
        assert texts(writer) == [b"first", b'{"second":2}']
        written.keep(None, first)
    assert texts(writer) == [b'{"second":2}']


async def write(writer: Writer, then: Exception, *replaced: ObjectClaim) -> None:
    """A text, kept if it replaces something, and then this."""
    async with writer.about(ADA) as written:
        await written.put_text("a text")
        if replaced:
            written.keep(*replaced)
        raise then


async def write_half(writer: Writer, error: Exception) -> None:
    """A text, and half a file."""

    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise error

    async with writer.about(ADA) as written:
        await written.put_text("a text")
        await written.put(half(), "video/mp4")


@pytest.mark.parametrize("refusal", [NotNow("x"), WrongState(Text("x")), HTTPException(413)])
async def test_what_is_refused_goes(writer: Writer, refusal: Exception) -> None:
    for attempt in (write, write_half):
        with pytest.raises(type(refusal)):
            await attempt(writer, refusal)
        assert texts(writer) == []


async def test_what_is_not_kept_goes_and_so_does_what_an_earlier_answer_needs_no_more(writer: Writer) -> None:
    async with writer.about(ADA) as written:
        await written.put_text("nobody kept it")
    assert texts(writer) == []
    for headers, left in (({}, [b"a text"]), ({REPLAYED: "true"}, [b"a text"])):
        async with writer.about(ADA) as written:
            await written.put_text("a text")
            written.answered(Response(headers=headers))
        assert texts(writer) == left


async def test_what_may_have_been_committed_is_left_to_the_sweep(writer: Writer) -> None:
    with pytest.raises(ConnectionError):
        await write(writer, ConnectionError())
    assert texts(writer) == [b"a text"]


async def test_a_failure_after_the_commit_takes_what_was_replaced_and_nothing_else(writer: Writer) -> None:
    for failure in (NotNow("x"), RuntimeError("x")):
        async with writer.about(ADA) as written:
            old = await written.put_text("old")
            written.keep()
        with pytest.raises(type(failure)):
            await write(writer, failure, old)
        assert set(texts(writer)) == {b"a text"}


async def test_a_store_that_takes_nothing_is_said_in_words(writer: Writer, tmp_path: Path) -> None:
    (tmp_path / "objects" / "intake").write_text("no folder")
    with pytest.raises(Refused) as refused:
        await write(writer, RuntimeError("never raised"))
    assert (refused.value.status, refused.value.type) == (503, "unavailable")
