"""The AsyncAPI document is valid AsyncAPI 3.0 and complete, and its payload schemas accept the examples.

`asyncapi-3.0.0.schema.json` is the specification's own (see asyncapi-3.0.0.schema.LICENSE.txt), without white space.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts import asyncapi, check
from contracts.event import EVENTS
from contracts.records import Record
from contracts.topics import CONSUMERS, TOPICS

DOCUMENT = asyncapi.document("1.2.3")
SPECIFICATION = jsonschema.Draft7Validator(
    json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text())
)


def test_it_is_valid() -> None:
    assert [error.message for error in SPECIFICATION.iter_errors(DOCUMENT)] == []
    assert DOCUMENT["info"]["version"] == "1.2.3"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("channels", "payments.fees", "bindings", "kafka", "partitions"), 0),
        (("channels", "payments.fees", "bindings", "kafka", "topicConfiguration", "cleanup.policy"), "delete"),
        (("channels", "payments.fees", "producers"), []),
        (("operations", "intake.send.intake.people", "action"), "publish"),
        (("components", "messages", "payments.fee.paid.v1", "payload"), 1),
    ],
)
def test_the_specification_that_it_is_checked_by_bites(path: tuple[str, ...], value: object) -> None:
    spoilt = deepcopy(DOCUMENT)
    node: Any = spoilt
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert not SPECIFICATION.is_valid(spoilt)


def references(node: Any) -> set[str]:
    match node:
        case dict():
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        case list():
            return set().union(*(references(value) for value in node))
        case _:
            return set()


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > len(EVENTS)
    for reference in found:
        node: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("service", CONSUMERS)
def test_the_part_of_a_service_is_valid_and_whole(service: str) -> None:
    part = asyncapi.of_service("1", service)
    assert [error.message for error in SPECIFICATION.iter_errors(part)] == []
    assert set(part["operations"]) == {name for name in DOCUMENT["operations"] if name.startswith(f"{service}.")}
    assert set(part["channels"]) == {name.split(".", 2)[2] for name in part["operations"]}
    for reference in references(part):
        node: Any = part
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]


def test_the_part_of_a_service_has_nothing_of_others() -> None:
    part = asyncapi.of_service("1", "badging")
    assert set(part["channels"]) == {
        "badging.badges",
        "dlq.badging",
        "intake.catalog",
        "intake.people",
        "ops.pulses",
        "ops.redrives",
        "review.cases",
    }
    assert "Envelope_FeePaid_" not in part["components"]["schemas"]
    assert "Envelope_CaseDecided_" in part["components"]["schemas"]


def test_channels_are_the_topics() -> None:
    assert set(DOCUMENT["channels"]) == set(TOPICS)
    people = DOCUMENT["channels"]["intake.people"]
    assert people["x-key"] == "person_id"
    assert people["x-personal-data"] is True
    assert people["bindings"]["kafka"] == {
        "topic": "intake.people",
        "partitions": 4,
        "topicConfiguration": {
            "cleanup.policy": ["compact"],
            "max.message.bytes": 1048576,
            "delete.retention.ms": 7776000000,
            "max.compaction.lag.ms": 3600000,
            "segment.ms": 3600000,
        },
        "bindingVersion": "0.5.0",
    }
    assert set(people["messages"]) == {"intake.person.described.v1", "intake.person.erased.v1"}


def test_operations_are_who_says_and_who_hears() -> None:
    said = {
        name.removesuffix(f".send.{topic}")
        for name in DOCUMENT["operations"]
        for topic in TOPICS
        if name.endswith(f".send.{topic}")
    }
    assert said == set(CONSUMERS)
    heard = {
        (name.split(".receive.")[0], reference["$ref"].split("/messages/")[1])
        for name, operation in DOCUMENT["operations"].items()
        if operation["action"] == "receive"
        for reference in operation["messages"]
        if not name.split(".receive.")[1].startswith("dlq.")
    }
    assert heard == {(consumer, name) for name, event in EVENTS.items() for consumer in {*event.HEARD_BY, "ops"}}
    assert DOCUMENT["operations"]["review.receive.intake.people"]["bindings"]["kafka"]["groupId"] == {
        "type": "string",
        "const": "review",
    }


@pytest.mark.parametrize(
    "path", sorted(check.FOLDER.glob("examples/*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_examples_fit_their_message(path: Path) -> None:
    record, message = (
        Record.model_validate_json(path.read_bytes()),
        DOCUMENT["components"]["messages"][path.parent.name],
    )
    for part, value in (("payload", record.value), ("headers", record.headers)):
        validator = jsonschema.Draft202012Validator({"components": DOCUMENT["components"], "allOf": [message[part]]})
        assert [error.message for error in validator.iter_errors(value)] == []
    wrong: object = {} if record.value is None else None
    assert not jsonschema.Draft202012Validator(
        {"components": DOCUMENT["components"], "allOf": [message["payload"]]}
    ).is_valid(wrong)


def test_the_committed_document_is_this_one() -> None:
    committed = json.loads((check.FOLDER / "asyncapi.json").read_text())
    assert committed == asyncapi.document(committed["info"]["version"])
