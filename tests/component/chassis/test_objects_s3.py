"""The object store on S3, with the settings of a deployment, against a server of that protocol (moto) over HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from moto.server import ThreadedMotoServer

from chassis.objects import Gone, ObjectStore, StoreFailed
from contracts.claims import ObjectClaim

ADA, EVE = UUID(int=1), UUID(int=2)
LARGE = bytes(range(256)) * 4096 * 12
"""12 MB: more than one part of an upload in parts."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3 server that has a bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    assert httpx.put(f"{address}/microcred").status_code == 200
    yield address
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The store that OBJECT_STORE_URL and the store's own variables describe."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    return ObjectStore.open("intake", "s3://microcred/objects")


async def given(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 100_000):
        yield data[at : at + 100_000]


async def gathered(store: ObjectStore, claim: ObjectClaim) -> bytes:
    return b"".join([piece async for piece in await store.stream(claim)])


@pytest.mark.parametrize("data", [b"a text", LARGE], ids=["small", "in parts"])
async def test_written_and_read(store: ObjectStore, data: bytes) -> None:
    for one in (data, given(data)):
        claim = await store.put(ADA, one, "text/plain")
        assert claim.size == len(data)
        assert await store.get(claim) == data
        assert await gathered(store, claim) == data
        assert store.read_range(claim.name, 2, 3) == data[2:5]
        assert store.read_range(claim.name, len(data) - 2, 100) == data[-2:]


async def test_deleted_and_gone(store: ObjectStore) -> None:
    claim = await store.put(ADA, b"a text", "text/plain")
    await store.delete(claim.name)
    await store.delete(claim.name)
    with pytest.raises(Gone):
        await store.get(claim)
    with pytest.raises(Gone):
        await store.stream(claim)


async def test_a_persons_objects_and_old_ones_are_listed(store: ObjectStore) -> None:
    hers = {(await store.put(EVE, b"%d" % number, "text/plain")).name for number in range(3)}
    assert {name async for name in store.names(EVE)} == hers
    everything = {name async for names in store.older_than(timedelta(seconds=-60)) for name in names}
    assert hers <= everything
    assert [names async for names in store.older_than(timedelta(hours=1))] == []
    store.forget_unfinished(timedelta(0))  # the bucket's own rules do that
    assert {name async for name in store.names(EVE)} == hers


async def test_what_breaks_off_is_not_kept(store: ObjectStore) -> None:
    before = {name async for name in store.names(ADA)}

    async def broken() -> AsyncIterator[bytes]:
        yield LARGE
        raise ConnectionError("the browser went away")

    with pytest.raises((ConnectionError, StoreFailed)):
        await store.put(ADA, broken(), "application/pdf")
    assert {name async for name in store.names(ADA)} == before


async def test_a_bucket_that_is_not_there_fails_and_says_so(endpoint: str, store: ObjectStore) -> None:
    with pytest.raises(StoreFailed):
        await ObjectStore.open("intake", "s3://nowhere/objects").put(ADA, b"a text", "text/plain")
