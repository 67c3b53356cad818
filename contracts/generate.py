"""JSON schemas of all events, from their models: one file an event, the same bytes for the same models."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from contracts import events as _events
from contracts.envelope import Envelope
from contracts.event import EVENTS, Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ = _events  # the import fills EVENTS


class _WithoutTitles(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each event's envelope, by event type."""
    return {name: schema(EVENTS[name]) for name in sorted(EVENTS)}


def schema(event: type[Event]) -> dict[str, Any]:
    """The schema of a record's value. The `x-` keys describe the Kafka record around it.

    Unknown fields are allowed everywhere, because readers ignore them. A tombstone's value is empty; its schema
    describes the outbox row.
    """
    found = Envelope[event].model_json_schema(schema_generator=_WithoutTitles)  # type: ignore[valid-type]
    found["properties"]["type"] = {"const": event.TYPE}
    heading = {"$schema": DIALECT, "title": event.TYPE, "description": description(event)}
    record = {"x-topic": event.TOPIC.name, "x-key": event.TOPIC.key, "x-tombstone": event.TOMBSTONE}
    return {**found, **heading, **record}


def description(model: type[BaseModel]) -> str:
    """A model's docstring without its indentation."""
    return "\n".join(line.strip() for line in (model.__doc__ or "").strip().splitlines())


def definitions(events: Sequence[type[Event]], prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A reference to the schema of each event's envelope, by event type; and all schemas that these refer to under
    `prefix`, each once."""
    models = {event.TYPE: Envelope[event] for event in events}  # type: ignore[valid-type]
    found, shared = models_json_schema(
        [(model, "validation") for model in models.values()],
        ref_template=prefix + "{model}",
        schema_generator=_WithoutTitles,
    )
    references = {name: found[model, "validation"] for name, model in models.items()}
    for name, reference in references.items():
        shared["$defs"][reference["$ref"].removeprefix(prefix)]["properties"]["type"] = {"const": name}
    return references, shared["$defs"]


def text(document: Mapping[str, Any]) -> str:
    """JSON as it is committed: two spaces, sorted keys, a line break at the end."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
