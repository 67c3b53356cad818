"""The common parts of every service's HTTP: refusals, idempotency keys, limits, sessions, the correlation id."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.http import listed
from contracts.events.people import PersonErased
from tests.component.chassis.conftest import Toy, described, known
from tests.one_service import OneService


async def _count(site: OneService) -> int:
    return int(await site.database.pool.fetchval("SELECT count(*) FROM faults"))


async def test_the_same_key_and_body_give_the_same_answer_once(site: OneService) -> None:
    first = await site.client.post("/things", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    again = await site.client.post("/things", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Location"] == "/things/1"
    assert (first.headers.get("Idempotent-Replayed"), again.headers.get("Idempotent-Replayed")) == (None, "true")
    assert await _count(site) == 1


async def test_the_same_key_with_another_body_is_refused(site: OneService) -> None:
    await site.client.post("/things", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    other = await site.client.post("/things", json={"name": "b"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 422
    assert other.json()["errors"] == [
        {"field": "Idempotency-Key", "message": "was used for another request; use a new key for a new request"}
    ]
    assert await _count(site) == 1


async def test_a_refused_request_leaves_its_key_free(site: OneService) -> None:
    refused = await site.client.post("/things", json={"name": "taken"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["type"]) == (409, "taken")
    assert (
        await site.client.post("/things", json={"name": "free"}, headers={"Idempotency-Key": "k"})
    ).status_code == 201


async def test_without_a_key_each_request_counts(site: OneService) -> None:
    for _ in range(2):
        assert (await site.client.post("/things", json={"name": "a"})).status_code == 201
    assert await _count(site) == 2


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "name"),
        (b'{"name": 1}', "name"),
        (b'{"name": "a", "size": 2}', "size"),
        (b"", "body"),
    ],
)
async def test_a_body_that_does_not_fit_names_the_field(site: OneService, content: bytes, field: str) -> None:
    answer = await site.client.post("/things", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await _count(site) == 0


@pytest.mark.parametrize(
    ("content", "field", "message"),
    [
        (b'{"name": "a\\u0000b"}', "name", "has a control character (U+0000) as character 2; take it out"),
        (b'{"name": "\\ud800"}', "name", "has half of a surrogate pair"),
        (b'{"name": "a", "\\u0000": 1}', "\x00", "is not known here; remove it"),
        (b'{"name": "a", "\\udfff": 1}', "body", "has half of a surrogate pair"),
        (b'{"name": "\\ude00\\ud83d"}', "name", "has half of a surrogate pair"),
    ],
)
async def test_a_body_holds_no_text_that_no_database_takes(
    site: OneService, content: bytes, field: str, message: str
) -> None:
    answer = await site.client.post("/things", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["message"][: len(message)]) == (field, message)
    assert await _count(site) == 0


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/me%00", ["path"]),
        ("/%00", ["path"]),
        ("/me?a=%00", ["a"]),
        ("/me?a=1&b=x%00y&c=%00", ["b", "c"]),
        ("/me?%00=1", ["query"]),
    ],
)
async def test_an_address_holds_no_text_that_no_database_takes(
    site: OneService, address: str, fields: list[str]
) -> None:
    for method in ("GET", "POST"):
        answer = await site.client.request(method, address)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid")
        assert [error["field"] for error in answer.json()["errors"]] == fields
    assert (await site.client.get("/me?a=%2500&b=%ED%A0%80")).status_code == 401


async def test_no_library_speaks_in_a_refusal(site: OneService) -> None:
    for content, message in (
        (b'{"name": 1}', "must be text"),
        (b"[]", "must be an object: names with their values"),
        (b"{}", "is required; add it"),
        (b'{"name": ', "is not JSON: Expecting value"),
    ):
        answer = await site.client.post("/things", content=content, headers={"Content-Type": "application/json"})
        assert [error["message"] for error in answer.json()["errors"]] == [message]


async def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(site: OneService) -> None:
    large = b'{"name": "' + b"x" * 2_000_000 + b'"}'

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 100_000):
            yield large[start : start + 100_000]

    for content in (large, in_parts()):
        answer = await site.client.post("/things", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (413, "too_large")
    assert await _count(site) == 0


async def test_an_unexpected_failure_tells_nothing_but_the_correlation_id(site: OneService) -> None:
    story = str(uuid4())
    answer = await site.client.get("/fails", headers={"X-Correlation-ID": story})
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert answer.json()["correlation_id"] == answer.headers["X-Correlation-ID"] == story


async def test_every_answer_has_a_correlation_id_and_refusals_say_it(site: OneService) -> None:
    answer = await site.client.get("/nowhere")
    assert (answer.status_code, answer.json()["type"]) == (404, "not_found")
    assert UUID(answer.json()["correlation_id"]) == UUID(answer.headers["X-Correlation-ID"])


async def test_a_session_of_a_known_person_is_taken_from_header_or_cookie(site: OneService) -> None:
    person = await known(site)
    headers = site.session_for(person)
    token = headers["Authorization"].split()[1]
    assert (await site.client.get("/me", headers=headers)).json() == {"person_id": str(person), "roles": []}
    assert (await site.client.get("/me", headers={"Cookie": f"microcred_session={token}"})).status_code == 200
    assert (await site.client.get("/me", headers={"Authorization": f"Bearer {token[:-4]}AAAA"})).status_code == 401
    assert (await site.client.get("/me")).status_code == 401


async def test_a_session_ends_with_its_time_with_a_sign_out_and_with_an_erasure(site: OneService) -> None:
    toy: Toy = site.running  # type: ignore[assignment]
    person = await known(site)
    headers = site.session_for(person)
    site.clock.move(hours=9)
    assert (await site.client.get("/me", headers=headers)).status_code == 401
    headers = site.session_for(person)
    assert (await site.client.get("/me", headers=headers)).status_code == 200
    await toy.take(
        toy.record(described(person, 2).model_copy(update={"sessions_valid_from": site.clock() + timedelta(seconds=1)}))
    )
    assert (await site.client.get("/me", headers=headers)).status_code == 401
    site.clock.move(seconds=2)
    headers = site.session_for(person)
    assert (await site.client.get("/me", headers=headers)).status_code == 200
    await toy.take(toy.record(PersonErased(person_id=person)))
    assert (await site.client.get("/me", headers=headers)).status_code == 401


async def test_a_session_of_somebody_unknown_here_is_none(site: OneService) -> None:
    assert (await site.client.get("/me", headers=site.session_for(uuid4()))).status_code == 401


async def test_roles_are_those_that_this_service_knows_now(site: OneService) -> None:
    toy: Toy = site.running  # type: ignore[assignment]
    person = await known(site, ("staff",))
    headers = site.session_for(person)
    assert (await site.client.get("/staff", headers=headers)).status_code == 200
    await toy.take(toy.record(described(person, 2)))
    refused = await site.client.get("/staff", headers=headers)
    assert refused.status_code == 403
    assert "staff" in refused.json()["detail"]


def test_a_page_says_whether_there_is_more() -> None:
    assert listed([1, 2, 3], 2, str) == {"items": [1, 2], "next": "2"}
    assert listed([1, 2], 2, str) == {"items": [1, 2], "next": None}
