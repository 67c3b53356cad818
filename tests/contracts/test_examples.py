"""Examples are whole records: each is read, written again and read the same. No released example becomes unreadable."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts import check, generate
from contracts.envelope import Envelope, UnknownType, decode, encode, headers
from contracts.event import EVENTS, Event
from contracts.records import Record

FILES = sorted(check.FOLDER.glob("examples/*/*.json"))
RELEASED = sorted(check.FOLDER.glob("released/*/examples/*/*.json"))


def name_of(path: Path) -> str:
    return str(path.relative_to(check.FOLDER).with_suffix(""))


def record_of(path: Path) -> Record:
    return Record.model_validate_json(path.read_bytes())


def test_every_event_has_a_full_and_a_minimal_example() -> None:
    assert {(path.parent.name, path.stem) for path in FILES} >= {
        (name, kind) for name in EVENTS for kind in ("full", "minimal")
    }
    assert {path.parent.name for path in FILES} == set(EVENTS)


@pytest.mark.parametrize("path", [*FILES, *RELEASED], ids=name_of)
def test_read_say_again_read_is_equal(path: Path) -> None:
    record = record_of(path)
    received = record.decode()
    assert (received.type, received.event.TYPE) == (path.parent.name, path.parent.name)
    said = Envelope[type(received.event)](  # type: ignore[misc]
        id=received.id,
        time=received.time,
        source=record.headers["source"],
        type=received.type,
        correlation_id=received.correlation_id,
        data=received.event,
    )
    again = decode(received.event.TOPIC.name, received.event.key.encode(), encode(said), headers(said, "test"))
    assert again == received
    if record.value is not None:
        assert record.headers["id"] == record.value["id"]
        assert EVENTS[received.type].TOPIC.name == record.topic


@pytest.mark.parametrize("path", [*FILES, *RELEASED], ids=name_of)
def test_fields_that_this_build_does_not_know_are_ignored(path: Path) -> None:
    record = record_of(path)
    newer = record.model_copy(update={"headers": record.headers | {"new_header": "?"}, "value": grown(record.value)})
    assert newer != record
    assert newer.decode() == record.decode()


def grown(value: Any) -> Any:
    """The same JSON with a field more in every object."""
    match value:
        case dict():
            return {name: grown(inner) for name, inner in value.items()} | {"field_of_the_future": {"deep": [1]}}
        case list():
            return [grown(inner) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("name", sorted(name for name, event in EVENTS.items() if not event.TOMBSTONE))
def test_full_has_all_fields_and_minimal_none_that_has_a_default(name: str) -> None:
    full, minimal = (record_of(check.FOLDER / "examples" / name / f"{kind}.json").value for kind in ("full", "minimal"))
    assert full is not None
    assert minimal is not None
    schema = generate.schema(EVENTS[name])
    assert set(minimal) == set(schema["required"])
    assert lacking(full["data"], EVENTS[name], "") == []
    data = schema["$defs"][EVENTS[name].__name__]
    assert set(minimal["data"]) == set(data.get("required", ()))


def lacking(value: dict[str, Any], model: type[BaseModel], path: str) -> list[str]:
    """The fields of a model, and of the models in it, that a full example leaves out."""
    found = [f"{path}{name}" for name in model.model_fields if name not in value]
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            given = value.get(name)
            parts = given if isinstance(given, list) else [given]
            assert parts, f"{path}{name} is an empty list in a full example"
            found += [fault for part in parts if part is not None for fault in lacking(part, inner, f"{path}{name}.")]
    return found


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def test_the_tombstone_is_a_key_and_headers() -> None:
    raw = json.loads((check.FOLDER / "examples" / "intake.person.erased.v1" / "full.json").read_text())
    assert raw["value"] is None
    received = Record.model_validate(raw).decode()
    assert (received.type, received.event.key) == ("intake.person.erased.v1", raw["key"])
    later = raw | {"headers": raw["headers"] | {"type": "intake.person.erased.v2"}}
    with pytest.raises(UnknownType, match=r"intake\.person\.erased\.v2"):
        Record.model_validate(later).decode()


def test_no_example_names_a_place_that_could_be_real() -> None:
    texts = [path.read_text() for path in FILES]
    hosts = {part.split("/")[0] for text in texts for part in text.split("https://")[1:]}
    mailboxes = {word.rpartition("@")[2].rstrip('>",') for text in texts for word in text.split() if "@" in word}
    assert hosts == {"example.org"}
    assert mailboxes == {"example.org"}


def test_events_are_frozen_and_ignore_what_they_do_not_know() -> None:
    def all_models(model: type[BaseModel]) -> set[type[BaseModel]]:
        inner = {found for field in model.model_fields.values() for found in _models(field.annotation)}
        return {model}.union(*(all_models(found) for found in inner))

    models = set[type[BaseModel]]().union(*(all_models(event) for event in EVENTS.values()))
    assert len(models) > len(EVENTS)
    assert {model.__name__ for model in models if not model.model_config.get("frozen")} == set()
    assert {model.__name__ for model in models if model.model_config.get("extra") != "ignore"} == set()
    assert issubclass(Event, BaseModel)
