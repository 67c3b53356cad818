"""The answers of each service agree with its `/openapi.json`, for requests that fit it and for others. The long run:
`python -m bench.fuzz`."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bench.fuzz import Found, fuzz
from devstack.databases import SERVICES
from tests.system.whole import Whole

pytestmark = pytest.mark.timeout(300)

KEYWORDS = frozenset(
    re.findall(
        r"\S+",
        """
    $defs $ref additionalProperties allOf anyOf const contentMediaType default description discriminator enum
    example examples exclusiveMaximum exclusiveMinimum format items maxItems maxLength maximum minItems minLength
    minimum multipleOf not oneOf pattern patternProperties prefixItems properties propertyNames readOnly required
    title type uniqueItems writeOnly
    """,
    )
)
"""Of JSON Schema 2020-12 and OpenAPI 3.1, those that we use.
Pydantic writes bounds that it cannot place as `ge` and `le`, which nobody reads."""


@pytest.mark.parametrize("service", SERVICES)
async def test_schemas_have_known_keywords_only(whole: Whole, service: str) -> None:
    description = (await whole.world.request("GET", service, "/openapi.json", ok=True)).body
    assert sorted({word for schema in _schemas_in(description) for word in schema} - KEYWORDS) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_texts_in_addresses_are_described_as_what_a_database_takes(whole: Whole, service: str) -> None:
    description = (await whole.world.request("GET", service, "/openapi.json", ok=True)).body
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    asked = [one for operation in operations for one in operation.get("parameters", ()) if one["in"] == "query"]
    texts = [one for one in asked if one["schema"].get("type") == "string"]
    assert [one["name"] for one in texts if "pattern" not in one["schema"]] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_has_a_described_shape(whole: Whole, service: str) -> None:
    description = (await whole.world.request("GET", service, "/openapi.json", ok=True)).body
    shapes = {
        f"{method} {path} {status}": answer.get("content", {}).get("application/json", {}).get("schema", {})
        for path, methods in description["paths"].items()
        if path.startswith("/api/")
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204" and answer.get("content", {}).keys() <= {"application/json"}
    }
    assert [place for place, schema in shapes.items() if not schema.keys() & {"$ref", "properties", "type"}] == []


def _schemas_in(description: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an OpenAPI document: the named ones, and those in place."""
    for schema in description.get("components", {}).get("schemas", {}).values():
        yield from _with_parts(schema)
    yield from (each for found in _in_place(description["paths"]) for each in _with_parts(found))


def _in_place(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "schema":
                yield value
            else:
                yield from _in_place(value)
    elif isinstance(node, list):
        for value in node:
            yield from _in_place(value)


def _with_parts(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for word in ("items", "additionalProperties", "not", "propertyNames"):
        yield from _with_parts(schema.get(word))
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from (each for part in schema.get(word, ()) for each in _with_parts(part))
    for word in ("properties", "patternProperties", "$defs"):
        yield from (each for part in schema.get(word, {}).values() for each in _with_parts(part))


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_described(whole: Whole, service: str) -> None:
    admin = whole.people["admin@example.org"]
    described = (await whole.world.request("GET", service, "/openapi.json", ok=True)).body["paths"]
    operations = [method for methods in described.values() for method in methods]
    found = await fuzz(whole.world, admin, service, examples=3, seed=8)
    person = (await admin.do("GET", "intake", f"/api/people?email=fuzz-{service}@example.org"))["items"][0]
    await admin.do(
        "PUT", "intake", f"/api/people/{person['person_id']}/roles", json={"roles": []}
    )  # nobody's case waits for them
    assert found == Found(service, found.cases, 0, ""), found.words
    assert found.cases > len(operations)
