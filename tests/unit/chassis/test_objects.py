"""The object store returns what was written, or nothing. A damaged object is never returned whole."""

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from obstore.store import MemoryStore

from chassis.objects import PIECE_BYTES, Corrupt, Gone, NotAllowed, ObjectStore, StoreFailed
from contracts.claims import ObjectClaim

ADA = UUID(int=1)
LARGE = bytes(range(256)) * 4096 * 3


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.open("intake", f"file://{tmp_path}/objects")


@pytest.fixture(params=["file", "elsewhere"])
def any_store(request: pytest.FixtureRequest, store: ObjectStore) -> ObjectStore:
    """A folder, and a store that is no folder."""
    return store if request.param == "file" else ObjectStore("intake", MemoryStore())


def file_of(tmp_path: Path, claim: ObjectClaim) -> Path:
    return tmp_path / "objects" / claim.name


async def given(data: bytes, fails: Exception | None = None) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 100_000):
        yield data[at : at + 100_000]
    if fails is not None:
        raise fails


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def gathered(store: ObjectStore, claim: ObjectClaim) -> bytes:
    return b"".join([piece async for piece in await store.stream(claim)])


async def take(got: list[bytes], store: ObjectStore, claim: ObjectClaim) -> None:
    async for piece in await store.stream(claim):
        got.append(piece)


@pytest.mark.parametrize("data", [b"", b"a", b"a" * PIECE_BYTES, LARGE])
async def test_written_and_read(any_store: ObjectStore, data: bytes) -> None:
    store = any_store
    for one in (data, given(data)):
        claim = await store.put(ADA, one, "text/plain")
        assert (claim.size, claim.name.split("/")[:2]) == (len(data), ["intake", str(ADA)])
        assert await store.get(claim) == data
        assert await gathered(store, claim) == data
        assert store.read_range(claim.name, 0, 10) == data[:10] if data else True


async def test_what_breaks_off_is_not_kept(store: ObjectStore, tmp_path: Path) -> None:
    for error in (RuntimeError("the client went"), KeyError("x")):
        with pytest.raises(type(error)) as raised:
            await store.put(ADA, given(LARGE, error), "text/plain")
        assert raised.value is error
    assert files_in(tmp_path) == []


async def test_gone(any_store: ObjectStore) -> None:
    store = any_store
    for data in (b"a", LARGE):
        claim = await store.put(ADA, data, "text/plain")
        await store.delete(claim.name)
        await store.delete(claim.name)
        with pytest.raises(Gone):
            await store.get(claim)
        with pytest.raises(Gone):
            await store.stream(claim)
        with pytest.raises(Gone):
            store.read_range(claim.name, 0, 1)


@pytest.mark.parametrize("data", [b"abc", LARGE])
async def test_a_damaged_object_is_not_given_whole(store: ObjectStore, tmp_path: Path, data: bytes) -> None:
    claim = await store.put(ADA, data, "text/plain")
    file_of(tmp_path, claim).write_bytes(data[:-1] + b"?")
    with pytest.raises(Corrupt):
        await store.get(claim)
    got: list[bytes] = []
    with pytest.raises(Corrupt):
        await take(got, store, claim)
    assert len(b"".join(got)) < len(data)
    for other in (data + b"!", data[:-1], b""):
        file_of(tmp_path, claim).write_bytes(other)
        with pytest.raises(Corrupt):
            await store.get(claim)
        with pytest.raises(Corrupt):
            await store.stream(claim)


async def test_a_store_that_fails_says_so(store: ObjectStore, tmp_path: Path) -> None:
    claim = await store.put(ADA, b"abc", "text/plain")
    for name in (f"intake/{ADA}/../x", f"intake/{ADA}//x", "intake/\x00"):
        with pytest.raises(StoreFailed):
            await store.get(claim.model_copy(update={"name": name}))
    file_of(tmp_path, claim).parent.rename(tmp_path / "elsewhere")
    file_of(tmp_path, claim).parent.write_text("no folder")
    with pytest.raises(StoreFailed):
        await store.put(ADA, b"abc", "text/plain")
    with pytest.raises(StoreFailed):
        await store.put(ADA, given(LARGE), "text/plain")


async def test_walls(store: ObjectStore, tmp_path: Path) -> None:
    review = ObjectStore.open("review", f"file://{tmp_path}/objects")
    claim = await review.put(ADA, b"abc", "text/plain")
    assert await store.get(claim) == b"abc"
    with pytest.raises(NotAllowed):
        await store.delete(claim.name)
    with pytest.raises(NotAllowed):
        await store.put_as(claim.name, b"abc", "text/plain")
    with pytest.raises(NotAllowed):
        store.read_range(claim.name, 0, 1)
    badging = await ObjectStore.open("badging", f"file://{tmp_path}/objects").put(ADA, b"abc", "text/plain")
    with pytest.raises(NotAllowed):
        await store.get(badging)


async def test_what_was_being_written_when_a_process_ended_is_forgotten(store: ObjectStore, tmp_path: Path) -> None:
    claim = await store.put(ADA, b"abc", "text/plain")
    whole = file_of(tmp_path, claim)
    old, new, theirs = whole.with_name("a#1"), whole.with_name("b#12"), tmp_path / "objects" / "review" / "c#1"
    theirs.parent.mkdir()
    for file in (old, new, theirs):
        file.write_bytes(b"half")
    for file in (old, theirs, whole):
        os.utime(file, (time.time() - 7200, time.time() - 7200))
    store.forget_unfinished(timedelta(hours=1))
    assert (whole.exists(), old.exists(), new.exists(), theirs.exists()) == (True, False, True, True)
