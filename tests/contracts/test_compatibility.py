"""Every incompatible change is refused and named; every compatible one is allowed."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, Field

from contracts import asyncapi, generate
from contracts.compatibility import compare_events, compare_systems
from contracts.event import EVENTS


class Part(BaseModel):
    size: Annotated[int, Field(ge=1, le=9)]
    word: Annotated[str, Field(pattern="^a", min_length=1, max_length=5)] = "a"


class Tree(BaseModel):
    children: tuple["Tree", ...] = ()


class NumberedTree(BaseModel):
    number: int
    children: tuple["NumberedTree", ...] = ()


class Fact(BaseModel):
    """The released event, of which the tests make other ones."""

    id: UUID
    name: str
    note: str | None = None
    level: Literal["low", "high"]
    sort: Literal["only"] = "only"
    at: AwareDatetime
    part: Part
    parts: tuple[Part, ...] = ()
    spare: Part = Part(size=3)
    tree: Tree = Tree()
    numbers: dict[str, int] = {}
    pair: tuple[int, str] = (1, "a")


RECORD = {"x-topic": "things.facts", "x-key": "id", "x-tombstone": False}


def schema_of(model: type[BaseModel], **changes: Any) -> dict[str, Any]:
    return {"things.fact.seen.v1": model.model_json_schema() | RECORD | changes}


def changed(**fields: Any) -> type[BaseModel]:
    """Fact with the annotations (and defaults) of some fields replaced; None takes the field out."""
    kept = {name: (field.annotation, field) for name, field in Fact.model_fields.items()}
    given = {
        name: (value if isinstance(value, tuple) else (value, ...))
        for name, value in fields.items()
        if value is not None
    }
    namespace = {**kept, **given}
    names = [name for name in namespace if name not in fields or fields[name] is not None]
    annotations = {name: namespace[name][0] for name in names}
    defaults = {name: namespace[name][1] for name in names if namespace[name][1] is not ...}
    return type("Fact", (BaseModel,), {"__annotations__": annotations, "__module__": __name__, **defaults})


def found(model: type[BaseModel], **changes: Any) -> list[str]:
    findings = compare_events(schema_of(Fact), schema_of(model, **changes))
    prefix, remedy = "things.fact.seen.v1: ", "; undo it, or say things.fact.seen.v2 beside it"
    assert all(str(finding).startswith(prefix) and str(finding).endswith(remedy) for finding in findings)
    return [str(finding).removeprefix(prefix).removesuffix(remedy) for finding in findings]


def part(**fields: Any) -> type[BaseModel]:
    kept: dict[str, Any] = {
        "size": Annotated[int, Field(ge=1, le=9)],
        "word": (Annotated[str, Field(pattern="^a", min_length=1, max_length=5)], "a"),
    }
    merged = {name: value for name, value in (kept | fields).items() if value is not None}
    annotations = {name: value[0] if isinstance(value, tuple) else value for name, value in merged.items()}
    defaults = {name: value[1] for name, value in merged.items() if isinstance(value, tuple)}
    return type("Part", (BaseModel,), {"__annotations__": annotations, "__module__": __name__, **defaults})


TOO = "which the released build refuses"
BREAKING: dict[str, tuple[type[BaseModel], list[str]]] = {
    "a field taken out": (changed(name=None), ["name: is gone"]),
    "a field with a default taken out": (changed(note=None), ["note: is gone"]),
    "a new field without a default": (changed(more=str), ["more: is new and has no default"]),
    "a default taken away": (
        changed(note=str | None),
        ["note: had a default, has none", "note: default was None, is not set: a record ..."],
    ),
    "a requirement given up": (
        changed(name=(str, "x")),
        ["name: had to be there, need not be", "name: default was not set, is 'x': a record ..."],
    ),
    "another type": (changed(name=int), ["name: was string, is integer"]),
    "another format": (changed(id=str), ["id: was string (uuid), is string"]),
    "a date for a time": (changed(at=date), ["at: was string (date-time), is string (date)"]),
    "nothing allowed": (changed(name=str | None), ["name: was string, is string or null"]),
    "nothing allowed no more": (changed(note=(str, "")), ["note: was string or null, is string"]),
    "a list for one": (changed(part=tuple[Part, ...]), ["part: was object, is array"]),
    "a number in a list": (changed(numbers=(dict[str, str], {})), ["numbers[]: was integer, is string"]),
    "a list in a list opened": (
        changed(numbers=(dict[str, Any], {})),
        ["numbers[]: additionalProperties was {'type': 'integer'}, is True"],
    ),
    "a pair grown": (changed(pair=(tuple[int, str, int], (1, "a", 1))), ["pair: was a list of 2, is a list of 3"]),
    "a pair turned": (changed(pair=(tuple[int, int], (1, "a"))), ["pair: was string, is integer"]),
    "a set narrowed": (changed(level=Literal["low"]), ["level: does not accept 'high' any more"]),
    "a set widened": (changed(level=Literal["low", "high", "top"]), [f"level: accepts 'top' too, {TOO}"]),
    "a constant changed": (
        changed(sort=(Literal["other"], "only")),
        ["sort: does not accept 'only' any more", f"sort: accepts 'other' too, {TOO}"],
    ),
    "a set opened": (changed(level=str), ["level: was one of a closed set, is string"]),
    "a set closed": (changed(name=Literal["a"]), ["name: was string, is one of a closed set"]),
    "a default changed": (
        changed(pair=(tuple[int, str], (2, "a"))),
        ["pair: default was [1, 'a'], is [2, 'a']: a record ..."],
    ),
    "truth for a number in a default": (
        changed(spare=(Part, {"size": True, "word": "a"})),
        ["spare: default was {'size': 3, 'word': 'a'}, is {'size': True, 'word': 'a'}: a record ..."],
    ),
    "a bound tightened below": (
        changed(part=part(size=Annotated[int, Field(ge=2, le=9)])),
        ["part.size: minimum was 1, is 2"],
    ),
    "a bound tightened above": (
        changed(part=part(size=Annotated[int, Field(ge=1, le=8)])),
        ["part.size: maximum was 9, is 8"],
    ),
    "a bound loosened": (
        changed(part=part(size=Annotated[int, Field(ge=1)])),
        ["part.size: maximum was 9, is not set"],
    ),
    "a bound added": (changed(name=Annotated[str, Field(max_length=3)]), ["name: maxLength was not set, is 3"]),
    "a pattern changed": (
        changed(part=part(word=(Annotated[str, Field(pattern="^b", min_length=1, max_length=5)], "a"))),
        ["part.word: pattern was '^a', is '^b'"],
    ),
    "a length changed": (
        changed(part=part(word=(Annotated[str, Field(pattern="^a", min_length=2, max_length=5)], "a"))),
        ["part.word: minLength was 1, is 2"],
    ),
    "deep in a list": (changed(parts=(tuple[part(extra=int), ...], ())), ["parts[].extra: is new and has no default"]),  # type: ignore[misc]
    "deep in a model": (changed(part=part(word=None)), ["part.word: is gone"]),
    "a model for a model": (changed(part=Tree), ["part.size: is gone", "part.word: is gone"]),
    "in a model that holds itself": (
        changed(tree=(NumberedTree, NumberedTree(number=1))),
        ["tree.number: is new and has no default"],
    ),
}


@pytest.mark.parametrize(("model", "expected"), BREAKING.values(), ids=BREAKING)
def test_what_may_break_somebody_is_refused(model: type[BaseModel], expected: list[str]) -> None:
    sentence = "a record without it would mean something else"
    assert found(model) == [line.replace("a record ...", sentence) for line in expected]


class Renamed(BaseModel):
    """Other words for the same."""

    word: Annotated[
        str, Field(pattern="^a", min_length=1, max_length=5, description="A word.", examples=["ab"], title="Word")
    ] = "a"
    size: Annotated[int, Field(ge=1, le=9)]


class GrownTree(BaseModel):
    children: tuple["GrownTree", ...] = ()
    fruit: str | None = None


ALLOWED: dict[str, type[BaseModel]] = {
    "nothing": Fact,
    "a new field with a default": changed(more=(str, "")),
    "a new field that may be nothing": changed(more=(Part | None, None)),
    "a new closed set with a default": changed(more=(Literal["a", "b"], "a")),
    "a model renamed, turned and described": changed(
        part=Renamed, parts=(tuple[Renamed, ...], ()), spare=(Renamed, Renamed(size=3))
    ),
    "a new field deep": changed(part=part(more=(int, 1))),
    "a new field deep in a list": changed(parts=(tuple[part(more=(int, 1)), ...], ())),  # type: ignore[misc]
    "a new field in a default": changed(spare=(part(more=(int, 1)), part(more=(int, 1))(size=3))),
    "a new field in a model that holds itself": changed(tree=(GrownTree, GrownTree())),
}


@pytest.mark.parametrize("model", ALLOWED.values(), ids=ALLOWED)
def test_what_breaks_nobody_is_let_through(model: type[BaseModel]) -> None:
    assert found(model) == []


def test_a_set_may_come_in_another_order() -> None:
    assert found(changed(level=Literal["high", "low"])) == []


def test_another_topic_or_form_is_refused_another_word_for_the_key_is_not() -> None:
    moved = found(Fact, **{"x-topic": "other.facts", "x-tombstone": True, "x-key": "the id"})
    assert moved == ["its topic was things.facts, is other.facts", "its form (tombstone or not) was False, is True"]


def test_an_event_taken_out_is_refused_a_new_one_is_not() -> None:
    old, new = schema_of(Fact), {"things.fact.heard.v1": schema_of(Fact)["things.fact.seen.v1"]}
    assert [str(finding) for finding in compare_events(old, old | new)] == []
    assert [str(finding) for finding in compare_events(old, new)] == [
        "things.fact.seen.v1: is gone; keep the event: its records stay on the topic"
    ]


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_field_of_every_event_is_guarded(name: str) -> None:
    """Take out, demand, retype each field of each model of a real event in turn: each time the field is named."""
    schema = generate.schema(EVENTS[name])
    assert compare_events({name: schema}, {name: schema}) == []
    spoils: list[Callable[[dict[str, Any], str], object]] = [
        lambda model, field: model["properties"].pop(field),
        lambda model, field: model["properties"].update({field: {"type": "null"}}),
        lambda model, field: (
            model["properties"].update({f"{field}_new": {}}) or model.setdefault("required", []).append(f"{field}_new")
        ),
    ]
    tried = 0
    for model_name in ("", *schema["$defs"]):
        for field in (schema["$defs"][model_name] if model_name else schema)["properties"]:
            for spoil in spoils:
                spoilt = deepcopy(schema)
                spoil(spoilt["$defs"][model_name] if model_name else spoilt, field)
                fields = [finding.field for finding in compare_events({name: schema}, {name: spoilt})]
                assert any(path.split(".")[-1].removesuffix("[]").removesuffix("_new") == field for path in fields), (
                    model_name,
                    field,
                    fields,
                )
                tried += 1
    assert tried > 3 * 7


def test_topics_keep_key_partitions_and_policy() -> None:
    document = asyncapi.document("1")
    assert compare_systems(document, document) == []
    spoilt = deepcopy(document)
    channels = spoilt["channels"]
    channels["payments.fees"]["x-key"] = "person_id"
    channels["review.cases"]["bindings"]["kafka"]["partitions"] = 8
    channels["badging.badges"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] = ["compact"]
    channels["new.topic"] = channels.pop("intake.links")
    order = "undo it, or move to a new topic: a key's records would lose their order"
    assert [str(finding) for finding in compare_systems(document, spoilt)] == [
        f"badging.badges: the topic's cleanup policy was delete, is compact; {order}",
        "intake.links: the topic is gone; keep it: its records may not have been read by all",
        f"payments.fees: the topic's key was application_id, is person_id; {order}",
        f"review.cases: the topic's number of partitions was 4, is 8; {order}",
    ]


def test_retention_hearers_and_new_topics_and_headers_may_change() -> None:
    document = asyncapi.document("1")
    grown = deepcopy(document)
    grown["channels"]["notify.deliveries"]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] = -1
    grown["channels"]["new.topic"] = grown["channels"]["intake.links"]
    grown["operations"].pop("notify.receive.intake.links")
    grown["components"]["schemas"]["Headers"]["properties"]["tenant"] = {"type": "string"}
    assert compare_systems(document, grown) == []


def test_headers_that_others_read_stay() -> None:
    document = asyncapi.document("1")
    spoilt = deepcopy(document)
    spoilt["components"]["schemas"]["Headers"]["properties"].pop("traceparent")
    spoilt["components"]["messages"]["dead-letter"]["headers"]["properties"].pop("dlq-error")
    assert [str(finding) for finding in compare_systems(document, spoilt)] == [
        "header traceparent: is gone from every event; keep it: others read it",
        "header dlq-error: is gone from every dead letter; keep it: others read it",
    ]
